"""The work list: what waits for people.

What is paid for stands first; every list has pages, and nothing lies beyond the last.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from tsuzuki.core.staff import Permission
from tsuzuki.core.task import TaskId, TaskKind
from tsuzuki.records import models, work_list
from tsuzuki.records.work_list import PAID, WorkList
from tsuzuki.ui import formats

from . import words
from .detail_page import Cell, DetailPage, Link, Table, language, moment, money, show
from .lines import held_up
from .permissions import allowed, permission_required
from .work import LIST, amount, due, due_of, number, who

PER_PAGE = 50
TITLE = {
    WorkList.BY_HAND: __("To do by hand"),
    WorkList.UNSURE: __("Nobody knows how it ended"),
    WorkList.OWED: __("Refunds we owe"),
    WorkList.INCIDENTS: __("To look into"),
    WorkList.UNPAID: __("Not paid yet"),
}
EMPTY = {
    WorkList.BY_HAND: __("Nothing waits to be done by hand."),
    WorkList.UNSURE: __("Every answer is known."),
    WorkList.OWED: __("No refund is owed."),
    WorkList.INCIDENTS: __("Nothing is out of the ordinary."),
    WorkList.UNPAID: __("No payment is awaited at the counter or by transfer."),
}


@dataclass(frozen=True, slots=True)
class Tab:
    text: str
    url: str
    here: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader wants to see; one list alone, or all that is paid for."""

    which: WorkList | None
    term: str
    carrier: str
    newest: bool

    def url(self, **other: Any) -> str:
        given = {
            "list": self.which or "",
            "q": self.term,
            "carrier": self.carrier,
            "newest": "1" if self.newest else "",
            **other,
        }
        query = urlencode({name: value for name, value in given.items() if value})
        return reverse(LIST) + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True)
class Section:
    table: Table
    before: Link | None
    after: Link | None


@permission_required(Permission.SEE)
def work(request: HttpRequest) -> HttpResponse:
    carriers = {
        carrier.code: formats.name(carrier.names, language())
        for carrier in models.Carrier.objects.order_by("code")
    }
    which = request.GET.get("list", "")
    carrier = request.GET.get("carrier", "")
    asked = Asked(
        WorkList(which) if which in list(WorkList) else None,
        request.GET.get("q", "").replace("\0", "").strip()[:120],
        carrier if carrier in carriers else "",
        bool(request.GET.get("newest")),
    )
    shown = [asked.which] if asked.which else list(WorkList) if asked.term else list(PAID)
    if work_list.is_number(asked.term) and held_up(request):
        shown = []
    other = (
        Link(_("The most urgent first"), asked.url(newest=""))
        if asked.newest
        else Link(_("The newest first"), asked.url(newest="1"))
    )
    card = DetailPage(
        _("Work list"),
        template="office/work.html",
        lead=_(
            "Open a task, do it at the other side, and say how it ended. Nothing here is lost by "
            "waiting; the clock of each is shown."
        ),
        more={
            "tabs": _tabs(asked),
            "sections": [_section(request, entry, asked) for entry in shown],
            "carriers": carriers,
            "asked": asked,
            "order": other,
        },
    )
    return show(request, card)


def _tabs(asked: Asked) -> list[Tab]:
    counts = work_list.counts()
    all_paid = _("All that is paid for")
    tabs = [
        Tab(f"{all_paid} ({sum(counts[entry] for entry in PAID):,})", asked.url(list=""), asked.which is None)
    ]
    return tabs + [
        Tab(f"{TITLE[entry]} ({counts[entry]:,})", asked.url(list=entry), asked.which is entry)
        for entry in WorkList
    ]


def _section(request: HttpRequest, which: WorkList, asked: Asked) -> Section:
    """A page of it; where all lists are shown the first, with the way to the others."""
    masked = not allowed(request, Permission.WORK)
    pages = Paginator(work_list.listed(which, asked.term, asked.carrier, asked.newest, masked), PER_PAGE)
    page = pages.get_page(request.GET.get("page") if asked.which else 1)
    title = (
        TITLE[which]
        if pages.num_pages == 1
        else _("%(title)s: %(first)s to %(last)s of %(all)s")
        % {
            "title": TITLE[which],
            "first": page.start_index(),
            "last": page.end_index(),
            "all": f"{pages.count:,}",
        }
    )
    kinds: dict[WorkList, Callable[[HttpRequest, Any], list[Cell]]] = {
        WorkList.OWED: _owed,
        WorkList.INCIDENTS: _incident,
    }
    row = kinds.get(which, _attempt)
    heads = (_("Task"), _("Order"), _("About"), _("Waiting since"), _("By then"), _("Whose"))
    table = Table(
        title,
        heads,
        [row(request, entry) for entry in page],
        _("Nothing fits.") if asked.term or asked.carrier else EMPTY[which],
    )
    before = Link(_("Before"), asked.url(list=which, page=page.number - 1)) if page.has_previous() else None
    after = Link(_("More"), asked.url(list=which, page=page.number + 1)) if page.has_next() else None
    return Section(table, before, after)


def _task(kind: TaskKind, row: object) -> str:
    return reverse("admin:task", args=[TaskId(kind, str(row))])


def _attempt(request: HttpRequest, attempt: models.Attempt) -> list[Cell]:
    about = attempt.question.get("msisdn") or amount(attempt.question.get("amount")) or attempt.provider
    return [
        Link(words.plain(words.STEP, attempt.step), _task(TaskKind.ATTEMPT, attempt.id)),
        attempt.purchase.code,
        number(request, str(about)),
        moment(request, attempt.opened_at),
        due(request, due_of(attempt)),
        who(attempt.taken_by),
    ]


def _owed(request: HttpRequest, owed: models.Refund) -> list[Cell]:
    return [
        Link(words.plain(words.STEP, "owed"), _task(TaskKind.REFUND, owed.id)),
        owed.purchase.code,
        money(owed.minor, owed.currency),
        moment(request, owed.begun_at),
        "",
        "",
    ]


def _incident(request: HttpRequest, incident: models.Incident) -> list[Cell]:
    return [
        Link(words.incident(incident.kind, incident.subject)[0], _task(TaskKind.INCIDENT, incident.id)),
        incident.order.purchase.code if incident.order else "",
        "" if incident.order else incident.subject,
        moment(request, incident.opened_at),
        "",
        "",
    ]
