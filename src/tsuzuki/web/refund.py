"""Where shall we send it?

The page behind the link in a payer's letter, for a refund that cannot go back the way it was paid.
"""

from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from tsuzuki.actions.lines import links
from tsuzuki.actions.money import bank_details
from tsuzuki.actions.order import refund_details
from tsuzuki.actions.people import limits
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import Money
from tsuzuki.core.states import RefundState
from tsuzuki.records import models, queries
from tsuzuki.ui import formats
from tsuzuki.ui.languages import N_, translator
from tsuzuki.ui.refusals import sentence

from .page import page, typed, wanted_language

TRIES, PER = 20, 3600
_OVER = N_(
    "This link is no longer valid. The newest letter about your refund has one that is; "
    "if you do not find it, please contact us."
)
FIELDS = ("bank", "branch", "number", "holder")


def account(request: HttpRequest, token: str, language: str = "") -> HttpResponse:
    language, now = language or wanted_language(request), timezone.now()
    try:
        refund = models.Refund.objects.select_related("purchase").get(id=links.read_refund(token, now))
    except (Refused, models.Refund.DoesNotExist):
        return page(
            request,
            "find",
            language,
            status=410,
            path="/find",
            wrong=translator(language)(_OVER),
        )
    wrong: dict[str, str] = {}
    if request.method == "POST":
        try:
            _give(request, refund, now)
            return HttpResponseRedirect(request.path)
        except Refused as refusal:
            wrong = {str(refusal.facts.get("field", "page")): sentence(refusal.code, refusal.facts, language)}
    newest = queries.newest_refund_of(refund)
    owed = refund.state == RefundState.OWED
    return page(
        request,
        "account",
        language,
        status=422 if wrong else 200,
        path=f"/b/{token}",
        wrong=wrong,
        code=refund.purchase.code,
        amount=formats.money(Money(refund.minor, refund.currency), language),
        asks=owed and bank_details.opened(refund.bank_details) is None,
        done=newest.state == RefundState.DONE,
        instead="" if owed else _instead(newest, language),
        kind=request.POST.get("kind", "ordinary"),
        values={name: typed(request, name, 100) for name in FIELDS},
    )


_INSTEAD = {
    RefundState.CONTESTED: N_("Refund of %(amount)s waits: the payment is disputed"),
    RefundState.BY_DISPUTE: N_("%(amount)s returned to you by the bank or payment company"),
}


def _instead(newest: models.Refund, language: str) -> str:
    """Why it is not on its way to an account; empty: it is, or there."""
    if newest.state == RefundState.OWED:  # the account was none, and a new letter has a new link
        return translator(language)(_OVER)
    amount = formats.money(Money(newest.minor, newest.currency), language)
    words = _INSTEAD.get(RefundState(newest.state))
    return translator(language)(words) % {"amount": amount} if words else ""


def _give(request: HttpRequest, found: models.Refund, now: datetime) -> None:
    wait = limits.take("bank details", str(found.id), TRIES, PER, now)
    if wait is not None:
        raise Refused(Code.TOO_MANY_TRIES, minutes=-(-wait // 60))
    bank, branch, number, holder = (typed(request, name, 100) for name in FIELDS)
    refund_details.give(
        found.id,
        refund_details.read(bank, branch, request.POST.get("kind", ""), number, holder),
        "buyer",
        now,
    )
