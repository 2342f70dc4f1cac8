"""Everything that ever happened to a line, in plain words, the newest first."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from tsuzuki.actions.messages.notifications import EMAIL
from tsuzuki.core.audit import AuditSubject, SubjectKind
from tsuzuki.core.identifiers import mask_email, mask_msisdn
from tsuzuki.core.money import Money
from tsuzuki.core.plan import AllowanceKind
from tsuzuki.core.states import HoldingState, MessageState
from tsuzuki.records import models, queries
from tsuzuki.ui import formats

from . import words

MOST = 200


class Happening(NamedTuple):
    at: datetime
    when: str
    what: str
    url: str = ""
    tone: str = ""


def of_line(line: models.Line, language: str, full: bool) -> list[Happening]:
    """`full`: with mail addresses in full."""
    zone = line.carrier.zone
    # Of one moment, what followed stands above.
    results = sorted(_all(line, language, full), key=lambda pair: pair[0])[::-1][:MOST]
    return [
        Happening(at, formats.moment(at, zone, language), what, url, tone) for at, what, url, tone in results
    ]


def _all(line: models.Line, language: str, full: bool) -> Iterator[tuple[datetime, str, str, str]]:
    yield from _itself(line)
    orders = (
        models.Order.objects.filter(line=line)
        .select_related("plan", "purchase", "period")
        .prefetch_related("lots")
    )
    ids = []
    for order in orders.order_by("-made_at")[:MOST]:
        ids.append(order.id)
        yield from _order(order, line.carrier.zone, language)
    yield from _letters(line.id, ids, full)
    yield from _acts(line, ids)


def _itself(line: models.Line) -> Iterator[tuple[datetime, str, str, str]]:
    yield line.opened_at, _("The line was opened."), "", "good"
    for number in line.numbers.all():
        yield (
            number.since,
            _("It got the number %(number)s.") % {"number": formats.number(number.msisdn)},
            "",
            "",
        )
        if number.until:
            yield (
                number.until,
                _("The number %(number)s left it.") % {"number": formats.number(number.msisdn)},
                "",
                "",
            )
    for sim in line.sims.all():
        kind = _("an eSIM") if sim.kind == "esim" else _("a SIM card")
        yield (
            sim.since,
            _("It got %(sim)s ending in %(last)s.") % {"sim": kind, "last": sim.iccid[-4:]},
            "",
            "",
        )
    if line.suspended_at:
        yield line.suspended_at, _("The carrier cut it off."), "", "bad"
    if line.closed_at:
        yield line.closed_at, _("The line was closed."), "", "bad"


def _order(order: models.Order, zone: str, language: str) -> Iterator[tuple[datetime, str, str, str]]:
    url = reverse("admin:records_purchase_change", args=[order.purchase_id])
    plan = formats.name(order.plan.names, language)
    price = formats.money(Money(order.minor, order.currency), language)
    facts = {"plan": plan, "price": price, "code": order.purchase.code}
    yield order.made_at, _("“%(plan)s” was ordered for %(price)s (%(code)s).") % facts, url, ""
    state, tone = words.said(words.ORDER, order.state)
    if order.rest_at:
        yield order.rest_at, _("Order %(code)s: %(state)s.") % (facts | {"state": state}), url, tone
    period = getattr(order, "period", None)
    if period is not None and period.state == HoldingState.CONFIRMED:
        ends = formats.moment(period.ends_at, zone, language, closing=True)
        yield (
            period.starts_at,
            _("“%(plan)s” runs from here until %(ends)s.") % {"plan": plan, "ends": ends},
            url,
            "good",
        )
    for lot in order.lots.all():
        if lot.state == HoldingState.CONFIRMED:
            amount = formats.amount(AllowanceKind(lot.good), lot.granted, language, lot.currency or None)
            ends = formats.moment(lot.ends_at, zone, language, closing=True)
            yield (
                lot.starts_at,
                _("%(amount)s can be used until %(ends)s.") % {"amount": amount, "ends": ends},
                url,
                "",
            )


def _masked(letter: models.OutboundMessage) -> str:
    return mask_email(letter.address) if letter.channel == EMAIL else mask_msisdn(letter.address)


def _letters(line: UUID, orders: list[UUID], full: bool) -> Iterator[tuple[datetime, str, str, str]]:
    for letter in models.OutboundMessage.objects.filter(Q(order__in=orders) | Q(line=line)):
        facts = {
            "kind": words.plain(words.LETTER, letter.kind),
            "to": letter.address if full else _masked(letter),
        }
        if letter.state == MessageState.REFUSED:
            yield letter.due_at, _("The letter “%(kind)s” to %(to)s could not be sent.") % facts, "", "bad"
        elif letter.sent_at:
            yield letter.sent_at, _("The letter “%(kind)s” went to %(to)s.") % facts, "", ""


def _acts(line: models.Line, orders: list[UUID]) -> Iterator[tuple[datetime, str, str, str]]:
    subjects = [
        AuditSubject(SubjectKind.LINE, line.id),
        *(AuditSubject(SubjectKind.ORDER, order) for order in orders),
    ]
    for entry in queries.audit_entries(subjects):
        yield (
            entry.at,
            _("%(who)s %(did)s.")
            % {"who": entry.actor.removeprefix("staff "), "did": words.plain(words.ACT, entry.act)},
            "",
            "",
        )
