"""Refusals only programs meet: keys, requests, accounts, webhooks."""

from tsuzuki.core.errors import Code

from .languages import N_, Plural, Wording

TO_PROGRAMS: dict[Code, tuple[Wording, ...]] = {
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
        Plural(
            "The request is too large: at most %(most)s byte is taken. Please divide it.",
            "The request is too large: at most %(most)s bytes are taken. Please divide it.",
            "most",
        ),
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
        Plural(
            "Too many requests. Please wait %(seconds)s second and send this one again.",
            "Too many requests. Please wait %(seconds)s seconds and send this one again.",
            "seconds",
        ),
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
    Code.KEY_UNKNOWN: (N_("This API key cannot be found, or it is revoked. Please check its beginning."),),
    Code.SCOPE_UNKNOWN: (
        N_("The scope “%(scope)s” cannot be given to this account. Please choose among: %(known)s."),
        N_("This scope cannot be given to this account. Please choose another."),
    ),
    Code.WEBHOOKS_FULL: (
        Plural(
            "At most %(most)s webhook address is kept for an account. Please remove it first.",
            "At most %(most)s webhook addresses are kept for an account. Please remove one first.",
            "most",
        ),
        N_("No more webhook addresses can be kept for this account. Please remove one first."),
    ),
    Code.WEBHOOK_URL_REFUSED: (
        N_(
            "Messages cannot be sent to this address. Please give a public https address without "
            "a password in it."
        ),
    ),
}
