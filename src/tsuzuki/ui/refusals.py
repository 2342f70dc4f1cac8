"""Refusal code -> one sentence: what is wrong, and what to do next.

Several wordings of one code stand from the one that names the facts to the one that needs none: a missing
fact shortens the sentence and never breaks it. Facts are what the reader typed or should look at; no wording
names a secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import Money, parse

from .formats import moment, money, one_line
from .languages import N_, first_sayable, translator

LONGEST_FACT = 60  # what was typed is quoted back to be recognised, not to be read again in full
_YEN_SIGNS = ("\u00a5", "\uffe5")
_MONEY = re.compile(r"([A-Z]{3}) (-?[\d.]+)", re.ASCII)  # as `str(Money)` writes it
# One fact under two names: the sentence knows the second.
_ALSO_CALLED = {(Code.NUMBER_MALFORMED, "number"): "text"}
_SPREADSHEET = "spreadsheet"  # the reason core gives when a spreadsheet turned the digits into 8.98E+18

_SENTENCES: dict[Code, tuple[str, ...]] = {
    Code.NUMBER_MALFORMED: (
        N_("“%(text)s” does not look like a phone number. Please check it and type it again."),
        N_("That does not look like a phone number. Please check it and type it again."),
    ),
    Code.NUMBER_UNKNOWN: (
        N_(
            "We do not serve the number %(number)s. Please check it; a number of another carrier "
            "is renewed with that carrier."
        ),
        N_(
            "We do not serve this number. Please check it; a number of another carrier is "
            "renewed with that carrier."
        ),
    ),
    Code.ICCID_MALFORMED: (
        N_(
            "“%(text)s” is not a SIM number (ICCID). Please type the 18 to 20 digits printed on the SIM card."
        ),
        N_("That is not a SIM number (ICCID). Please type the 18 to 20 digits printed on the SIM card."),
    ),
    Code.EID_MALFORMED: (N_("That is not an EID. Please dial *#06# and check the 32 digits it shows."),),
    Code.IMSI_MALFORMED: (N_("That is not an IMSI. Please check its 14 or 15 digits."),),
    Code.ACTIVATION_CODE_MALFORMED: (
        N_("That is not an eSIM activation code. Please copy it whole; it usually begins with LPA:1$."),
    ),
    Code.AMOUNT_NOT_POSITIVE: (N_("Please enter an amount greater than zero."),),
    Code.AMOUNT_TOO_LARGE: (
        N_("%(amount)s is more than we can take at once. Please enter a smaller amount."),
        N_("That is more than we can take at once. Please enter a smaller amount."),
    ),
    Code.AMOUNT_MALFORMED: (
        N_("We cannot read “%(amount)s” as an amount. Please enter digits only, such as 1980."),
        N_("We cannot read that amount. Please enter digits only, such as 1980."),
    ),
    Code.CURRENCY_UNKNOWN: (
        N_("We do not take the currency %(currency)s. Please choose another."),
        N_("We do not take this currency. Please choose another."),
    ),
    Code.CURRENCY_MISMATCH: (
        N_("The amount must be in %(expected)s, not in %(got)s. Please enter it again."),
        N_("The amount is in the wrong currency. Please enter it again."),
    ),
    Code.PLAN_UNKNOWN: (
        N_("There is no plan “%(plan)s”. Please choose one from the list."),
        N_("This plan cannot be found. Please choose one from the list."),
    ),
    Code.PLAN_RETIRED: (
        N_("The plan “%(plan)s” is no longer sold. Please choose another."),
        N_("This plan is no longer sold. Please choose another."),
    ),
    Code.PLAN_NOT_FOR_LINE: (N_("This plan cannot be used with this number. Please choose another."),),
    Code.PLAN_NOT_PRICED: (
        N_("This plan has no price at the moment. Please choose another, or contact us."),
    ),
    Code.LINE_CLOSED: (
        N_("The contract for this number has ended, so it cannot be renewed. Please contact us."),
    ),
    Code.LINE_THERE_ALREADY: (
        N_("A line with this number or SIM is there already. Please look it up instead."),
    ),
    Code.START_NOT_OFFERED: (N_("This plan cannot start then. Please choose one of the start times shown."),),
    Code.START_WOULD_SHORTEN: (
        N_(
            "Starting now would cut short what is already paid for. Please choose to start when "
            "the current plan ends."
        ),
    ),
    Code.VALIDITY_CAP_REACHED: (
        N_("This number already runs as long as this plan allows. It can be bought again from %(again_at)s."),
        N_("This number already runs as long as this plan allows. Please renew nearer to its end date."),
    ),
    Code.ADDON_NEEDS_PLAN: (N_("Extra data or calls need a running plan. Please renew the plan first."),),
    Code.QUOTE_EMPTY: (N_("Nothing is chosen yet. Please choose a plan."),),
    Code.QUOTE_TOO_LONG: (
        N_("One order takes at most %(most)s items. Please divide them into several orders."),
        N_("These are too many for one order. Please divide them into several orders."),
    ),
    Code.QUOTE_UNKNOWN: (N_("We cannot find this offer any more. Please choose the plan again."),),
    Code.QUOTE_EXPIRED: (
        N_("This price was valid until %(at)s. Please choose the plan again to see the current price."),
        N_("This price is no longer valid. Please choose the plan again to see the current price."),
    ),
    Code.QUOTE_USED: (N_("This order has already been placed. Please look at it before ordering again."),),
    Code.KEY_REUSED: (N_("This order was already sent with different contents. Please start a new order."),),
    Code.METHOD_UNKNOWN: (N_("This way to pay is not available. Please choose another."),),
    Code.METHOD_RESERVED: (
        N_(
            "The gateway “%(gateway)s” uses the name “%(method)s”, which is reserved for payments from "
            "our own books. It is not offered until it has another name."
        ),
        N_(
            "The gateway uses a name that is reserved for payments from our own books. It is not "
            "offered until it has another name."
        ),
    ),
    Code.METHOD_AMOUNT: (
        N_("This way to pay takes from %(least)s to %(most)s. Please choose another."),
        N_("This way to pay does not take this amount. Please choose another."),
    ),
    Code.EMAIL_NEEDED: (N_("This way to pay needs an e-mail address. Please enter yours."),),
    Code.BANK_DETAILS_MALFORMED: (N_("Please check this against your bank book or card and type it again."),),
    Code.REFUND_NOT_OWED: (N_("This refund is on its way or was paid already. Please wait for our letter."),),
    Code.TENDERS_DO_NOT_COVER: (
        N_("%(missing)s is still missing from the total. Please add another way to pay."),
        N_("The payments chosen do not add up to the total. Please check the amounts."),
    ),
    Code.PURCHASE_NOT_WAITING: (
        N_("This order is not waiting for payment any more. Please look at its status before you pay."),
    ),
    Code.ORDER_UNKNOWN: (
        N_("We cannot find the order %(id)s. Please check the order number."),
        N_("We cannot find this order. Please check the order number."),
    ),
    Code.ORDER_NOT_CANCELLABLE: (N_("This order can no longer be cancelled here. Please contact us."),),
    Code.TOO_MANY_UNPAID: (
        N_(
            "Orders for this number already waiting to be paid this way: %(count)s. Please "
            "choose another way to pay, or contact us."
        ),
        N_(
            "Several orders for this number are already waiting to be paid this way. Please "
            "choose another way to pay, or contact us."
        ),
    ),
    Code.CREDIT_SHORT: (
        N_("The balance is %(missing)s short. Please top up, or choose another way to pay."),
        N_("The balance is too low. Please top up, or choose another way to pay."),
    ),
    Code.VOUCHER_MALFORMED: (N_("This voucher code is not right. Please check it and type it again."),),
    Code.VOUCHER_UNKNOWN: (
        N_("We cannot find this voucher. Please check the code, or ask the shop that sold it."),
    ),
    Code.VOUCHER_USED: (N_("This voucher has already been used. If it was not you, please contact us."),),
    Code.VOUCHER_EXPIRED: (N_("This voucher has expired. Please choose another way to pay, or contact us."),),
    Code.EVENT_FORGED: (
        N_(
            "The sender of this message could not be verified; it was ignored. Please check the "
            "signing key in the settings."
        ),
    ),
    Code.PROVIDER_UNKNOWN: (
        N_("There is no provider named “%(name)s”. Please check the settings."),
        N_("There is no such provider. Please check the settings."),
    ),
    Code.FILE_UNREADABLE: (
        N_("The file cannot be read (%(reason)s). Please check it and send it again."),
        N_("The file cannot be read. Please check it and send it again."),
    ),
    Code.ROWS_REFUSED: (
        N_(
            "Rows with mistakes: %(count)s. Nothing was imported; please correct them and send "
            "the file again."
        ),
        N_("Some rows have mistakes. Nothing was imported; please correct them and send the file again."),
    ),
    Code.PLAN_FILE_WRONG: (
        N_("The plan file has a mistake at %(where)s (%(reason)s). Please correct it and load it again."),
        N_("The plan file has a mistake at %(where)s. Please correct it and load it again."),
        N_("The plan file has a mistake (%(reason)s). Please correct it and load it again."),
        N_("The plan file has a mistake. Please correct it and load it again."),
    ),
    Code.USAGE_MALFORMED: (
        N_(
            "The usage report cannot be read at “%(record)s”. Nothing of this batch was booked; "
            "please correct it and send it again."
        ),
        N_("This usage report cannot be read. Please check its format and send it again."),
    ),
    Code.WORK_UNKNOWN: (
        N_("There is no task %(id)s in the work list. Please reload the list."),
        N_("This task is not in the work list. Please reload the list."),
    ),
    Code.WORK_DONE_ALREADY: (N_("This task has already been closed. Please reload the list."),),
    Code.REFERENCE_MISSING: (N_("Please enter the reference number the carrier gave you."),),
    Code.REFERENCE_REUSED: (
        N_("The reference “%(reference)s” is already booked with another amount. Please check both."),
        N_("This reference is already booked with another amount. Please check both."),
    ),
    Code.COLOUR_MALFORMED: (
        N_("Please write the colour as # and six digits or letters a to f, such as #1f3f77."),
    ),
    Code.COLOUR_TOO_PALE: (
        N_("Text in the colour %(colour)s would be hard to read. Please choose a darker one."),
        N_("Text in this colour would be hard to read. Please choose a darker one."),
    ),
    Code.LOGO_REFUSED: (
        N_(
            "This logo cannot be used. Please upload an SVG drawing of at most 4,000 characters, "
            "with shapes only."
        ),
    ),
    Code.LINK_REFUSED: (
        N_(
            "The link “%(link)s” cannot be used here. Please enter one that begins with "
            "https://, tel: or mailto:."
        ),
        N_("This link cannot be used here. Please enter one that begins with https://, tel: or mailto:."),
    ),
    Code.SENDER_MALFORMED: (
        N_(
            "Letters cannot come from “%(sender)s”. Please write a name and, in pointed brackets "
            "<>, one mail address."
        ),
        N_(
            "Letters cannot come from this. Please write a name and, in pointed brackets <>, one "
            "mail address."
        ),
    ),
    Code.BRAND_INCOMPLETE: (
        N_("“%(what)s” is missing or not known. Please fill it in."),
        N_("Something is missing. Please fill it in."),
    ),
    Code.SETUP_WRONG: (
        N_("An answer cannot be used. %(what)s Please mend it and run this again; nothing is done twice."),
        N_("An answer cannot be used. Please mend it and run this again; nothing is done twice."),
    ),
    Code.MAP_WRONG: (
        N_("The map of the columns is wrong. %(what)s Please mend it and try again."),
        N_("The map of the columns is wrong. Please mend it and try again."),
    ),
    Code.LINE_NOT_YET: (
        N_(
            "This number cannot be renewed here yet. Nothing changes for you: please renew as "
            "before until we tell you."
        ),
    ),
    Code.LINK_EXPIRED: (
        N_("This link is no longer valid. Please enter the number below; nothing has been charged."),
    ),
    Code.EMAIL_MALFORMED: (N_("That is not an e-mail address. Please check it, or leave the field empty."),),
    Code.TOO_MANY_TRIES: (
        N_("Too many tries. Please wait %(minutes)s minutes, then try again, or contact us."),
        N_("Too many tries. Please wait a little, then try again, or contact us."),
    ),
    Code.UNAUTHORIZED: (
        N_(
            "This API key is missing, unknown, expired or revoked. Please send a valid one as a Bearer token."
        ),
    ),
    Code.FORBIDDEN: (
        N_("This API key lacks the scope “%(scope)s”. Please ask the operator for a key that has it."),
        N_("This API key may not do this. Please ask the operator for a key with the right scope."),
    ),
    Code.NOT_FOUND: (N_("There is nothing at this address. Please check it."),),
    Code.METHOD_NOT_ALLOWED: (
        N_("This address takes %(allowed)s only. Please check the method of the request."),
        N_("This address does not take this method. Please check the method of the request."),
    ),
    Code.MALFORMED: (
        N_("The request is not in the documented form at %(where)s. Please correct it and send it again."),
        N_("The request is not in the documented form. Please correct it and send it again."),
    ),
    Code.TOO_LARGE: (
        N_("The request is too large: at most %(most)s bytes are taken. Please divide it."),
        N_("The request is too large. Please divide it."),
    ),
    Code.LENGTH_REQUIRED: (
        N_("The length of the request is not given. Please send it with the header Content-Length."),
    ),
    Code.BODY_INCOMPLETE: (
        N_("The request ended before all of it had arrived; nothing was done. Please send it again."),
    ),
    Code.MEDIA_TYPE_UNSUPPORTED: (
        N_("The request must be JSON. Please send it with the Content-Type application/json."),
    ),
    Code.RATE_LIMITED: (
        N_("Too many requests. Please wait %(seconds)s seconds and send this one again."),
        N_("Too many requests. Please wait a little and send this one again."),
    ),
    Code.IDEMPOTENCY_KEY_MISSING: (
        N_(
            "The header Idempotency-Key is missing. Please send a fresh key of up to 80 letters "
            "and digits with each new purchase."
        ),
    ),
    Code.BUSY: (
        N_(
            "We are very busy at the moment. Please try again in a few seconds; with the same "
            "key it is done once."
        ),
    ),
    Code.INTERNAL_ERROR: (
        N_(
            "Something went wrong on our side. Please send the same request again; with the same "
            "key it is done once."
        ),
    ),
    Code.MONEY_DISPUTED: (
        N_(
            "%(amount)s is not paid out: the buyer disputes this payment. Please wait until the "
            "dispute is decided."
        ),
        N_(
            "This is not paid out: the buyer disputes this payment. Please wait until the dispute is decided."
        ),
    ),
    Code.ORDER_NOT_REFUNDABLE: (
        N_("This order cannot be refunded now. Please look at its state; one not yet paid can be cancelled."),
    ),
    Code.BALANCE_SHORT: (
        N_(
            "The balance of the account is %(missing)s short. Please top it up, or choose another way to pay."
        ),
        N_("The balance of the account is too low. Please top it up, or choose another way to pay."),
    ),
    Code.ACCOUNT_UNKNOWN: (
        N_("There is no account “%(name)s”. Please check the name."),
        N_("This account cannot be found. Please check the name."),
    ),
    Code.ACCOUNT_CLOSED: (N_("This account is closed. Please contact us."),),
    Code.TIMES_UNSOUND: (
        N_(
            "These times cannot work. Please make the time-out more than 0 seconds, the lease "
            "more than 2.5 times as long, "
            "and ask 1 to 1000 at once."
        ),
    ),
    Code.NAME_TAKEN: (
        N_("The name “%(name)s” is already used. Please choose another."),
        N_("This name is already used. Please choose another."),
    ),
    Code.KEY_UNKNOWN: (N_("This API key cannot be found, or it is revoked. Please check its beginning."),),
    Code.SCOPE_UNKNOWN: (
        N_("The scope “%(scope)s” cannot be given to this account. Please choose among: %(known)s."),
        N_("This scope cannot be given to this account. Please choose another."),
    ),
    Code.WEBHOOKS_FULL: (
        N_("At most %(most)s webhook addresses are kept for an account. Please remove one first."),
        N_("No more webhook addresses can be kept for this account. Please remove one first."),
    ),
    Code.WEBHOOK_URL_REFUSED: (
        N_(
            "Messages cannot be sent to this address. Please give a public https address without "
            "a password in it."
        ),
    ),
    Code.SIGN_IN_WRONG: (N_("The name or the password is not right. Please check both and try again."),),
    Code.CODE_WRONG: (
        N_(
            "This code is not right, or was used before. Please wait for the next one in the app and type it."
        ),
    ),
    Code.INVITATION_OVER: (
        N_("This invitation was used or is too old. Please ask the owner for a new one."),
    ),
    Code.PASSWORD_WEAK: (
        N_(
            "This password is easy to guess. Please choose one of at least 12 characters that is "
            "not a common word."
        ),
    ),
    Code.STAFF_NAME_MALFORMED: (
        N_("Please choose a name of 3 to 40 small letters, digits, dots or hyphens."),
    ),
    Code.STAFF_UNKNOWN: (
        N_("Nobody named “%(name)s” works here. Please check the list."),
        N_("This person does not work here. Please check the list."),
    ),
    Code.LAST_OWNER: (N_("Somebody must stay owner. Please make another person owner first."),),
    Code.WORK_TAKEN: (
        N_("%(who)s is working on this. Please ask them first, or take it over."),
        N_("Somebody else is working on this. Please ask them first, or take it over."),
    ),
    Code.SECOND_PERSON_NEEDED: (N_("You asked for this yourself. Please let a second person decide."),),
    Code.STILL_USED: (
        N_(
            "“%(what)s” was sold or is in use and cannot be deleted. Please retire it instead: "
            "what was sold stays as it is."
        ),
        N_(
            "This was sold or is in use and cannot be deleted. Please retire it instead: what "
            "was sold stays as it is."
        ),
    ),
    Code.PRICE_DATE_PAST: (N_("A price cannot begin in the past. Please choose a moment from now on."),),
    Code.PRICE_DATE_TAKEN: (
        N_("Another price begins at that very moment. Please remove it first, or choose another moment."),
    ),
    Code.TERMS_CONTRADICT: (
        N_(
            "These rules contradict each other: “%(one)s” cannot go with “%(other)s”. Please "
            "change one of them."
        ),
        N_("These rules contradict each other. Please change one of them."),
    ),
    Code.OWNER_NEEDED: (
        N_("Only the owner changes how a carrier is reached (%(names)s). Please ask the owner."),
        N_("Only the owner changes how a carrier is reached. Please ask the owner."),
    ),
    Code.SECRET_NAME_REFUSED: (
        N_(
            "The setting %(name)s can only name a variable that begins with %(prefix)s. Please "
            "rename it there and here."
        ),
        N_("A setting can only name a variable made for its provider. Please rename it there and here."),
    ),
    Code.CUSTOMER_UNKNOWN: (N_("This customer cannot be found. Please check the link or ask us."),),
    Code.PHONE_TAKEN: (
        N_("This number is verified by another customer. Please use another number or contact us."),
    ),
    Code.SECRET_NEEDED: (
        N_(
            "Secret %(id)s is still needed by sealed values (%(sealed)s), vouchers "
            "(%(vouchers)s), API keys (%(keys)s), recovery codes of "
            "staff (%(staff)s) and links (until %(links)s). Please wait, or force it if the "
            "secret has leaked."
        ),
        N_("This secret is still needed. Please wait, or force it if the secret has leaked."),
    ),
    Code.SECRET_CURRENT: (N_("This secret is the current one. Please make another one current first."),),
    Code.SECRET_UNKNOWN: (
        N_("No secret has the id %(id)s. Please look at the list of secrets."),
        N_("No secret has this id. Please look at the list of secrets."),
    ),
    Code.CATALOGUE_CODE_MALFORMED: (
        N_("Please make the code of small letters a to z, digits and hyphens, at most 40 of them."),
    ),
    Code.BATCH_MADE_ALREADY: (
        N_(
            "These vouchers were made already, and their codes are shown only once. Please start a new batch."
        ),
    ),
}

_SPOILT: dict[Code, tuple[str, ...]] = {
    Code.ICCID_MALFORMED: (
        N_(
            "A spreadsheet has shortened the SIM number (ICCID). Please set the column to text "
            "and enter it again."
        ),
    ),
    Code.EID_MALFORMED: (
        N_("A spreadsheet has shortened the EID. Please set the column to text and enter it again."),
    ),
}


def sentence(code: Code, facts: Mapping[str, object], language: str, zone: str = "Asia/Tokyo") -> str:
    """`zone`: where moments among the facts are shown; the operator's."""
    if code is Code.AMOUNT_TOO_LARGE:  # a bare number there counts minor units of a currency it does not name
        facts = {name: fact for name, fact in facts.items() if not isinstance(fact, int)}
    shown = {
        _ALSO_CALLED.get((code, name), name): text
        for name, fact in facts.items()
        if (text := _shown(fact, language, zone))
    }
    wordings = _SPOILT.get(code) if facts.get("reason") == _SPREADSHEET else None
    said = first_sayable(wordings or _SENTENCES[code], shown, translator(language))
    assert said is not None  # the last wording of every code needs no fact
    return said


def _shown(fact: object, language: str, zone: str) -> str:
    """A fact in words, or nothing where showing it would mislead."""
    if fact is None:
        return ""
    if isinstance(fact, Money):
        return money(fact, language)
    if isinstance(fact, datetime):
        return moment(fact, zone, language) if fact.tzinfo else ""
    text = one_line(fact)
    if any(sign in text for sign in _YEN_SIGNS):
        return ""  # typed by the reader, but still a bare sign on our page
    return _written_by_us(text, language, zone) or (
        text if len(text) <= LONGEST_FACT else text[: LONGEST_FACT - 1] + "…"
    )


def _written_by_us(text: str, language: str, zone: str) -> str:
    """Facts travel as text: «JPY 500» and «2026-12-20T14:59:00+00:00» are said the reader's way."""
    if sum_ := _MONEY.fullmatch(text):
        try:
            return money(parse(sum_[2], sum_[1]), language)
        except Refused:
            return ""
    if re.match(r"\d{4}-\d\d-\d\dT", text):
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return ""
        return moment(at, zone, language) if at.tzinfo else ""
    return ""
