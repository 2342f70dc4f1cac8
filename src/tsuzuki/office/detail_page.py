"""A detail page of the office: facts, tables, links and forms, all shown by one template."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from tsuzuki.core.money import Money
from tsuzuki.core.typed import visible
from tsuzuki.ui import formats

from .action_form import ActionForm
from .permissions import staff_of


@dataclass(frozen=True, slots=True)
class Link:
    text: Any
    url: str
    away: bool = False  # leads out of the office


@dataclass(frozen=True, slots=True)
class Copy:
    """Text with a button that copies it."""

    text: str


@dataclass(frozen=True, slots=True)
class StateBadge:
    """A state in words, with a colour that says the same."""

    text: Any
    tone: str = "plain"  # good, wait, bad, plain


@dataclass(frozen=True, slots=True)
class Verbatim:
    """What a machine said, word for word."""

    text: str


Cell = Any  # text, Link, Copy, Mark or Raw


def shown(cell: Cell) -> Cell:
    """Whoever wrote it, programs and carriers too: nothing in it turns the line around
    it or cannot be seen.
    """
    if isinstance(cell, Link | Copy | StateBadge | Verbatim):
        return replace(cell, text=visible(str(cell.text), keep="\n\t"))
    return visible(cell, keep="\n\t") if isinstance(cell, str) and not isinstance(cell, SafeString) else cell


@dataclass(frozen=True, slots=True)
class Table:
    title: Any
    heads: Sequence[Any]
    rows: Sequence[Sequence[Cell]]
    empty: Any = ""
    numbers: frozenset[int] = frozenset()  # columns set to the right

    def columns(self) -> list[tuple[Any, bool]]:
        return [(head, place in self.numbers) for place, head in enumerate(self.heads)]

    def cells(self) -> list[list[tuple[Any, Cell, str, bool]]]:
        """(head, cell, kind, right) for the template, which knows no types."""
        return [
            [
                (self.heads[place], shown(cell), type(cell).__name__, place in self.numbers)
                for place, cell in enumerate(row)
            ]
            for row in self.rows
        ]


@dataclass(slots=True)
class DetailPage:
    title: Any
    above: Link | None = None  # the list it belongs to
    lead: Any = ""
    facts: Sequence[tuple[Any, Cell]] = ()
    tables: Sequence[Table] = ()
    links: Sequence[Link] = ()
    sheets: Sequence[ActionForm] = field(default_factory=list)
    warnings: Sequence[Any] = ()
    template: str = "office/card.html"
    more: Any = None  # what only this template knows

    def middle(self) -> list[ActionForm]:
        return [sheet for sheet in self.sheets if sheet.wide]

    def side(self) -> list[ActionForm]:
        return [sheet for sheet in self.sheets if not sheet.wide]

    def kinds(self) -> list[tuple[Any, Cell, str]]:
        return [(label, shown(cell), type(cell).__name__) for label, cell in self.facts]

    def show(self, request: HttpRequest) -> HttpResponse:
        return show(request, self)


def show(request: HttpRequest, card: DetailPage, status: int = 200) -> HttpResponse:
    failed = any(sheet.errors for sheet in card.sheets if sheet.is_bound)
    context = {
        **admin.site.each_context(request),
        "title": shown(card.title),
        "card": card,
        "above": card.above,
    }
    return TemplateResponse(
        request, card.template, context, status=422 if failed else status, headers={"X-Office": "1"}
    )


def language() -> str:
    return get_language() or "en"


def money(minor: int, currency: str) -> str:
    return formats.money(Money(minor, currency), language())


def moment(request: HttpRequest, at: datetime | None, closing: bool = False) -> str:
    """In the reader's own zone, with its name."""
    return formats.moment(at, _zone(request), language(), closing) if at else ""


def day(request: HttpRequest, at: datetime) -> str:
    return formats.iso_day(at, _zone(request))


def _zone(request: HttpRequest) -> str:
    staff = staff_of(request)
    return staff.user.zone if staff else "Asia/Tokyo"
