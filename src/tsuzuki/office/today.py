"""The first page: how the day goes, and what waits for people."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tsuzuki.actions.money import own_means
from tsuzuki.core.money import Money
from tsuzuki.core.staff import Permission
from tsuzuki.records import figures, queries, work_list
from tsuzuki.records.work_list import WorkList
from tsuzuki.ui import formats
from tsuzuki.ui.languages import SHIPPED

from . import words
from .detail_page import language
from .permissions import allowed, permission_required, require
from .work_list import TITLE

SLOW = timedelta(minutes=2)  # a letter waiting longer than this tells that nobody sends


class Tile(NamedTuple):
    label: str
    number: str
    url: str = ""
    note: str = ""
    tone: str = ""


@permission_required(Permission.SEE)
def today(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    now = timezone.now()
    zone = ZoneInfo(require(request, Permission.SEE).user.zone)
    since = datetime.combine(now.astimezone(zone).date(), time(), zone).astimezone(UTC)
    day = work_list.day(since, since + timedelta(days=1), own_means.without_new_money())
    context = {
        **admin.site.each_context(request),
        "title": _("Today"),
        "date": formats.moment(now, zone, language()),
        "waits": _waits(),
        "machine": _machine(figures.figures(now), now),
        "orders": [
            Tile(_(words.ORDER[state][0]), f"{count:,}") for state, count in sorted(day.orders.items())
        ],
        "delivered": f"{day.delivered:,}",
        "taken": _sums(day.taken),
        "given_back": _sums(day.given_back),
        "missing": queries.brand().missing(SHIPPED) if allowed(request, Permission.HOUSE) else [],
    }
    return TemplateResponse(request, "office/today.html", context, headers={"X-Office": "1"})


def _waits() -> list[Tile]:
    """The same lists as the work list, each tile leads to its own."""
    tone = {WorkList.BY_HAND: "wait", WorkList.UNPAID: ""}
    return [
        Tile(
            str(TITLE[entry]),
            f"{count:,}",
            f"{reverse('admin:work')}?list={entry}",
            tone=tone.get(entry, "bad") if count else "",
        )
        for entry, count in work_list.counts().items()
    ]


def _machine(found: figures.Figures, now: datetime) -> list[Tile]:
    """Whether the wheels turn; each with what to do where they do not."""
    late = found.oldest_notice is not None and now - found.oldest_notice > SLOW
    return [
        Tile(
            _("Workers"),
            str(found.workers),
            tone="" if found.workers else "bad",
            note=""
            if found.workers
            else _("Nobody carries orders on. Start: %(command)s") % {"command": "tsuzuki worker"},
        ),
        Tile(_("Jobs waiting"), f"{found.jobs.get('todo', 0):,}"),
        Tile(
            _("Letters to send"),
            f"{found.notices:,}",
            tone="bad" if late else "",
            note=_("The oldest waits too long. Check the mail settings.") if late else "",
        ),
        Tile(_("Unsure at a provider"), f"{found.unsure:,}", tone="wait" if found.unsure else ""),
    ]


def _sums(amounts: list[Money]) -> list[str]:
    return [formats.money(amount, language()) for amount in amounts] or [
        formats.money(Money(0, "JPY"), language())
    ]
