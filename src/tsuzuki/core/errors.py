"""The exceptions.

    Refused          the asker can be told: a stable code and facts; `ui.refusals` holds one translated
                     sentence for each code
    ProviderUnsure   kept inside the engine: we asked a provider and do not know what it did

Anything else is a bug: it stops the step, not the program.
"""

from enum import StrEnum


class Code(StrEnum):
    """Every refusal there is.

    Codes are stable: programs and translations hang on them; one is never reused.
    """

    # identifiers
    NUMBER_MALFORMED = "number_malformed"
    NUMBER_UNKNOWN = "number_unknown"
    ICCID_MALFORMED = "iccid_malformed"
    EID_MALFORMED = "eid_malformed"
    IMSI_MALFORMED = "imsi_malformed"
    ACTIVATION_CODE_MALFORMED = "activation_code_malformed"
    # money
    AMOUNT_NOT_POSITIVE = "amount_not_positive"
    AMOUNT_TOO_LARGE = "amount_too_large"
    AMOUNT_MALFORMED = "amount_malformed"
    CURRENCY_UNKNOWN = "currency_unknown"
    CURRENCY_MISMATCH = "currency_mismatch"
    # plans and lines
    PLAN_UNKNOWN = "plan_unknown"
    PLAN_RETIRED = "plan_retired"
    PLAN_NOT_FOR_LINE = "plan_not_for_line"
    PLAN_NOT_PRICED = "plan_not_priced"
    LINE_CLOSED = "line_closed"
    LINE_THERE_ALREADY = "line_there_already"
    START_NOT_OFFERED = "start_not_offered"
    START_WOULD_SHORTEN = "start_would_shorten"
    VALIDITY_CAP_REACHED = "validity_cap_reached"
    ADDON_NEEDS_PLAN = "addon_needs_plan"
    # quotes and purchases
    QUOTE_EMPTY = "quote_empty"
    QUOTE_TOO_LONG = "quote_too_long"
    QUOTE_UNKNOWN = "quote_unknown"
    QUOTE_EXPIRED = "quote_expired"
    QUOTE_USED = "quote_used"
    KEY_REUSED = "key_reused"
    METHOD_UNKNOWN = "method_unknown"
    METHOD_RESERVED = "method_reserved"
    METHOD_AMOUNT = "method_amount"
    EMAIL_NEEDED = "email_needed"
    BANK_DETAILS_MALFORMED = "bank_details_malformed"
    REFUND_NOT_OWED = "refund_not_owed"
    TENDERS_DO_NOT_COVER = "tenders_do_not_cover"
    PURCHASE_NOT_WAITING = "purchase_not_waiting"
    ORDER_UNKNOWN = "order_unknown"
    ORDER_NOT_CANCELLABLE = "order_not_cancellable"
    TOO_MANY_UNPAID = "too_many_unpaid"
    # credit and vouchers
    CREDIT_SHORT = "credit_short"
    VOUCHER_MALFORMED = "voucher_malformed"
    VOUCHER_UNKNOWN = "voucher_unknown"
    VOUCHER_USED = "voucher_used"
    VOUCHER_EXPIRED = "voucher_expired"
    # events, files, staff work
    EVENT_FORGED = "event_forged"
    PROVIDER_UNKNOWN = "provider_unknown"
    FILE_UNREADABLE = "file_unreadable"
    ROWS_REFUSED = "rows_refused"
    PLAN_FILE_WRONG = "plan_file_wrong"
    USAGE_MALFORMED = "usage_malformed"
    WORK_UNKNOWN = "work_unknown"
    WORK_DONE_ALREADY = "work_done_already"
    REFERENCE_MISSING = "reference_missing"
    REFERENCE_REUSED = "reference_reused"
    # the operator's own settings
    COLOUR_MALFORMED = "colour_malformed"
    COLOUR_TOO_PALE = "colour_too_pale"
    LOGO_REFUSED = "logo_refused"
    LINK_REFUSED = "link_refused"
    SENDER_MALFORMED = "sender_malformed"
    BRAND_INCOMPLETE = "brand_incomplete"
    SETUP_WRONG = "setup_wrong"
    # moving in
    MAP_WRONG = "map_wrong"
    LINE_NOT_YET = "line_not_yet"
    # pages
    LINK_EXPIRED = "link_expired"
    EMAIL_MALFORMED = "email_malformed"
    TOO_MANY_TRIES = "too_many_tries"
    # programs: keys, requests, accounts
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    LENGTH_REQUIRED = "length_required"
    BODY_INCOMPLETE = "body_incomplete"
    MEDIA_TYPE_UNSUPPORTED = "media_type_unsupported"
    RATE_LIMITED = "rate_limited"
    IDEMPOTENCY_KEY_MISSING = "idempotency_key_missing"
    INTERNAL_ERROR = "internal_error"
    BUSY = "busy"
    ORDER_NOT_REFUNDABLE = "order_not_refundable"
    MONEY_DISPUTED = "money_disputed"
    BALANCE_SHORT = "balance_short"
    ACCOUNT_UNKNOWN = "account_unknown"
    ACCOUNT_CLOSED = "account_closed"
    NAME_TAKEN = "name_taken"
    TIMES_UNSOUND = "times_unsound"
    KEY_UNKNOWN = "key_unknown"
    SCOPE_UNKNOWN = "scope_unknown"
    WEBHOOK_URL_REFUSED = "webhook_url_refused"
    WEBHOOKS_FULL = "webhooks_full"
    # the office
    SIGN_IN_WRONG = "sign_in_wrong"
    CODE_WRONG = "code_wrong"
    INVITATION_OVER = "invitation_over"
    PASSWORD_WEAK = "password_weak"  # noqa: S105 (a code, no secret)
    STAFF_NAME_MALFORMED = "staff_name_malformed"
    STAFF_UNKNOWN = "staff_unknown"
    LAST_OWNER = "last_owner"
    WORK_TAKEN = "work_taken"
    SECOND_PERSON_NEEDED = "second_person_needed"
    STILL_USED = "still_used"
    PRICE_DATE_PAST = "price_date_past"
    PRICE_DATE_TAKEN = "price_date_taken"
    TERMS_CONTRADICT = "terms_contradict"
    OWNER_NEEDED = "owner_needed"
    GATEWAY_SILENT = "gateway_silent"
    METHOD_NOT_KEPT = "method_not_kept"
    SAVED_METHOD_UNKNOWN = "saved_method_unknown"
    SECRET_NAME_REFUSED = "secret_name_refused"  # noqa: S105 (a code, no secret)
    CUSTOMER_UNKNOWN = "customer_unknown"
    PHONE_TAKEN = "phone_taken"
    SECRET_NEEDED = "secret_needed"  # noqa: S105 (a code, no secret)
    SECRET_CURRENT = "secret_current"  # noqa: S105 (a code, no secret)
    SECRET_UNKNOWN = "secret_unknown"  # noqa: S105 (a code, no secret)
    CATALOGUE_CODE_MALFORMED = "catalogue_code_malformed"
    BATCH_MADE_ALREADY = "batch_made_already"


class Refused(Exception):
    """What was asked cannot be done; nothing was changed.

    `facts` fill the sentence and never hold a secret.
    """

    def __init__(self, code: Code, **facts: object) -> None:
        super().__init__(code.value)
        self.code = code
        self.facts = facts


class ProviderUnsure(Exception):
    """A provider was asked and did not answer so that we could be certain.

    Never shown, never read as «failed».
    """
