"""Every component in every state on one page, in the words the real pages use; in sandbox mode only."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from tsuzuki.core.errors import Code
from tsuzuki.core.money import Money
from tsuzuki.core.plan import AllowanceKind
from tsuzuki.guide.other_carriers.company_pages import pages
from tsuzuki.ui import formats, methods, states, statutory
from tsuzuki.ui.languages import N_, translator
from tsuzuki.ui.refusals import sentence

from .advice import sections
from .page import page, wanted_language

AT = datetime(2026, 11, 22, 5, 3, tzinfo=UTC)  # some moment: the page must look the same tomorrow
END, ZONE = datetime(2026, 12, 22, 15, tzinfo=UTC), "Asia/Tokyo"
PRICE = Money(2700, "JPY")
NUMBER = "+819012344417"
STATES = (
    "awaiting_payment",
    "paid",
    "delivered",
    "refunding",
    "refund_owed",
    "refunded",
    "cancelled",
    "reversed",
)
LOOKS = {
    "": N_("Waiting for payment"),
    "now": N_("Paid, activating"),
    "good": N_("A plan is running"),
    "warn": N_("The next plan is waiting to start"),
    "bad": N_("Cut off by the carrier"),
}
Say = Callable[[str], str]


class Stone(NamedTuple):
    """One step of a road, as order.Step."""

    look: str
    text: str
    note: str = ""


def look(request: HttpRequest, language: str = "") -> HttpResponse:
    if not settings.SANDBOX:
        raise Http404
    language = language or wanted_language(request)
    say = translator(language)
    short = formats.short(END, ZONE, language, AT, closing=True)
    data = formats.amount(AllowanceKind.DATA, 20 * 10**9, language)
    plan = f"{data} · {formats.amount(AllowanceKind.VOICE, 3600, language)}"
    total = formats.money(PRICE, language)
    taxes = [
        say(N_("incl. %(percent)s%% tax %(amount)s."))
        % {"percent": 10, "amount": formats.money(Money(245, "JPY"), language)}
    ]
    rows = [
        (say(N_("Ends")), formats.moment(END, ZONE, language, closing=True)),
        (say(N_("In China")), formats.moment(END, "Asia/Shanghai", language, closing=True)),
    ]
    return page(
        request,
        "look",
        language,
        looks=[(key, say(words)) for key, words in LOOKS.items()],
        states=[
            states.state(text, starts=short, ends=short, unsure=False, started=True, language=language)
            for text in STATES
        ],
        fixing=states.state("paid", starts=short, ends=short, unsure=True, started=True, language=language),
        number=formats.number(NUMBER),
        plan=plan,
        total=total,
        lines=[{"name": plan, "amount": total}],
        tax=taxes,
        facts=rows,
        left=formats.amount(AllowanceKind.DATA, 14 * 10**8, language),
        of=formats.amount(AllowanceKind.DATA, 3 * 10**9, language),
        old=formats.short(AT, ZONE, language, AT),
        new=short,
        zone=formats.zone_label(ZONE, language),
        offers=_offers(plan, total, short, say),
        methods=[(text, methods.method(text, language)) for text in ("alipay", "card", "cash")],
        wrong=sentence(Code.NUMBER_MALFORMED, {"number": "090-12"}, language),
        roads=_roads(total, plan, language, say),
        receipt={
            "number": formats.number(NUMBER),
            "code": "R-7K3QF",
            "lines": [{"name": plan, "amount": total}],
            "total": total,
            "tax": taxes,
            "rows": [(say(N_("Paid by")), f"{methods.method('alipay', language).name} · {total}"), rows[0]],
        },
        statutory={"rows": _final_check(plan, total, rows[0][1], language, say).rows(language)},
        known=sections(pages()["docomo"], "unpaid", language)[0][2],
    )


def _offers(plan: str, total: str, ends: str, say: Say) -> list[dict[str, object]]:
    starts = [
        {
            "value": "now",
            "text": say(N_("Start now")),
            "ends": say(N_("until %(ends)s")) % {"ends": ends},
            "checked": True,
        },
        {
            "value": "after_current",
            "text": say(N_("When the current plan ends")),
            "ends": "",
            "checked": False,
        },
    ]
    first = {
        "code": "a",
        "name": plan,
        "price": total,
        "note": say(N_("the same as last time")),
        "whens": starts,
        "checked": True,
    }
    second = {"code": "b", "name": plan, "price": total, "note": "", "whens": (), "checked": False}
    return [first | {"amount": None}, second | {"amount": None}, second | {"code": "c", "amount": "1980"}]


def _roads(total: str, plan: str, language: str, say: Say) -> list[list[Stone]]:
    """An order waiting, asked, done, failed and on its way back, and paid back."""
    time, later = (
        formats.short(AT, ZONE, language, AT),
        formats.moment(AT + timedelta(minutes=15), ZONE, language),
    )
    paid = Stone("done", say(N_("Paid %(amount)s")) % {"amount": total}, time)
    clock = say(N_("If it is not active by %(time)s, we begin your refund.")) % {"time": later}
    failed = Stone("failed", say(N_("It could not be activated")))
    return [
        [Stone("now", say(N_("Waiting for payment")))],
        [paid, Stone("now", say(N_("Asking the carrier to activate it")), clock)],
        [
            paid,
            Stone("done", say(N_("The carrier accepted")), time),
            Stone("done", say(N_("Added: %(plan)s")) % {"plan": plan}),
        ],
        [paid, failed, Stone("now", say(N_("Refund of %(amount)s begun")) % {"amount": total}, time)],
        [paid, failed, Stone("done", say(N_("Refunded %(amount)s")) % {"amount": total}, time)],
    ]


def _final_check(plan: str, total: str, until: str, language: str, say: Say) -> statutory.FinalCheck:
    return statutory.FinalCheck(
        quantity=plan,
        price=say(N_("%(amount)s in all")) % {"amount": total},
        payment=methods.method("alipay", language).paid,
        delivery=say(statutory.DELIVERY),
        cancellation=say(statutory.CANCELLATION) % {"span": formats.span(900, language)},
        deadline=until,
    )
