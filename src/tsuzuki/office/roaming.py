"""Prices abroad: the table in force, those to come and those that are over; a new one by CSV, looked at
before it is saved.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from tsuzuki.actions.catalogue import roaming as actions
from tsuzuki.actions.catalogue.tariff_file import COLUMNS, Bad, File, read_table, written
from tsuzuki.actions.write.csv_file import decoded
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.roaming import Cost, Rate, Service
from tsuzuki.core.staff import Permission
from tsuzuki.records.roaming import TariffSubject, day_of, rates_on, subjects, table_on, tables
from tsuzuki.records.roaming import TariffTable as Held
from tsuzuki.ui import roaming as said

from .action_form import ActionForm, permitted_forms, run, words
from .detail_page import Cell, DetailPage, Link, StateBadge, Table, language, moment, show
from .permissions import permission_required

MOST_BYTES = 1 << 19


class PutTable(ActionForm):
    name, title, button, may = "table", __("A new table"), __("Save"), Permission.SELL
    lead = __(
        "The file is the whole table from its day on: what is not in it ends that day. What held "
        "before stays as history."
    )
    wide = True
    others = (("preview", __("Preview")),)
    text = forms.CharField(
        label=__("Rows as CSV"),
        required=False,
        max_length=MOST_BYTES,
        widget=forms.Textarea({"rows": 14, "wide": True}),
    )
    file = forms.FileField(
        label=__("Or a CSV file"),
        required=False,
        help_text=__("As a spreadsheet saves it; UTF-8 or Shift-JIS."),
    )
    looked = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)

    def first(self) -> dict[str, Any]:
        """What holds now, to begin tomorrow as it stands."""
        today = day_of(timezone.now())
        return {"text": written(today + timedelta(days=1), rates_on(today))}

    @property
    def seen(self) -> str:
        return _digest(repr([(table.since, table.put_at) for table in tables()]))

    def clean(self) -> dict[str, Any] | None:
        """Read, and looked at: what is saved is what the preview showed."""
        cleaned = super().clean() or {}
        raw = self._raw(cleaned)
        try:
            text = decoded(raw)
            self.read = read_table(raw)
            self._refuse_bad()
            assert self.read.since is not None
            actions.check_day(self.read.since, timezone.now())
        except Refused as refused:
            raise forms.ValidationError(words(refused)) from None
        self.shows = _preview(self.read)
        looked, mark = self.data.get("looked"), _digest("".join(text.split()))
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data.update({"text": text, "looked": mark})  # type: ignore[attr-defined]
        if looked != mark and not self.data.get("then"):
            raise forms.ValidationError(
                _("This is what it would change. Nothing is saved yet: press Save again if it is right.")
            )
        return cleaned

    def _raw(self, cleaned: dict[str, Any]) -> bytes:
        upload = cleaned.get("file")
        if upload and upload.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is too large."))
        raw = bytes(upload.read()) if upload else (cleaned.get("text") or "").encode()
        if not raw.strip():
            raise forms.ValidationError(_("Paste the rows, or choose a file."))
        return raw

    def _refuse_bad(self) -> None:
        if self.read.bad or not self.read.rates:
            self.shows = [_mistakes(self.read.bad)]
            raise Refused(Code.ROWS_REFUSED, count=len({mistake.row for mistake in self.read.bad}))

    def act(self, by: str, now: datetime) -> str:
        assert self.read.since is not None
        actions.save_table(self.read.since, self.read.rates, by, now)
        return _("Saved. It holds from %(day)s.") % {"day": self.read.since.isoformat()}


class DropTable(ActionForm):
    name, title, button, tone, may = (
        "drop",
        __("Remove a table that has not begun"),
        __("Remove"),
        "plain",
        Permission.SELL,
    )
    folded = True

    def prepare(self) -> None:
        days = [table.since.isoformat() for table in tables() if table.since > day_of(timezone.now())]
        self.fields["which"] = forms.ChoiceField(label=__("From"), choices=[(day, day) for day in days])

    def act(self, by: str, now: datetime) -> str:
        actions.drop_table(date.fromisoformat(self.cleaned_data["which"]), by, now)
        return _("The table is removed.")


@permission_required(Permission.SEE)
def roaming(request: HttpRequest) -> HttpResponse:
    every, today = tables(), day_of(timezone.now())
    shown = _asked(request, every) or next(
        (table for table in every if table.holds(today)), every[-1] if every else None
    )
    sheets: list[ActionForm] = permitted_forms(
        request, [PutTable(), *([DropTable()] if any(table.since > today for table in every) else [])]
    )
    card = DetailPage(
        _("Prices abroad"),
        lead=_(
            "What calls, SMS and data cost on your lines abroad. Customers see it before they buy, in the "
            "guide and in the price list, with the day it holds from."
        ),
        tables=[_rows(shown, today), _history(request, every, today)],
        sheets=sheets,
    )
    return run(request, sheets) or show(request, card)


@permission_required(Permission.SEE)
def download(request: HttpRequest) -> HttpResponse:
    """With a mark of its encoding, so that a spreadsheet opens it as it is."""
    table = _asked(request, tables()) or table_on(day_of(timezone.now()))
    text = written(table.since, table.rates) if table else ",".join(COLUMNS) + "\r\n"
    name = f"roaming-{table.since.isoformat()}.csv" if table else "roaming.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text.encode("utf-8-sig"), content_type="text/csv; charset=utf-8", headers=headers)


def _asked(request: HttpRequest, every: Sequence[Held]) -> Held | None:
    return next((table for table in every if table.since.isoformat() == request.GET.get("since")), None)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _state(table: Held, today: date) -> StateBadge:
    if table.holds(today):
        return StateBadge(_("in force"), "good")
    return StateBadge(_("to come"), "wait") if table.since > today else StateBadge(_("over"), "plain")


def _rows(table: Held | None, today: date) -> Table:
    rates = table.rates if table else ()
    title = (
        _("%(state)s, from %(day)s") % {"state": _state(table, today).text, "day": table.since}
        if table
        else _("The table")
    )
    named = _names(subjects(rates))
    rows = [[*_about(rate, named), *said.row(rate, language())] for rate in rates]
    heads = (_("For"), _("Where"), _("What"), _("Price"), _("To know"))
    return Table(title, heads, rows, _("No prices abroad yet: customers are shown none."), frozenset({3}))


def _history(request: HttpRequest, every: Sequence[Held], today: date) -> Table:
    page, file = reverse("admin:roaming"), reverse("admin:roaming_csv")
    rows: list[list[Cell]] = [
        [
            Link(str(table.since), f"{page}?since={table.since}"),
            str(table.until or ""),
            _state(table, today),
            f"{len(table.rates):,}",
            table.put_by,
            moment(request, table.put_at),
            Link("CSV", f"{file}?since={table.since}"),
        ]
        for table in reversed(every)
    ]
    heads = (_("From"), _("Until"), _("State"), _("Rows"), _("By"), _("When"), _("Download"))
    return Table(_("Every table there was"), heads, rows, _("None yet."), frozenset({3}))


def _names(found: Sequence[TariffSubject]) -> dict[tuple[str, str], str]:
    """By plan code or carrier code."""
    return {(subject.plan, "" if subject.plan else subject.carrier): _whom(subject) for subject in found}


def _whom(one: TariffSubject) -> str:
    return said.whom(one.plan, one.names, one.on, language())


def _about(rate: Rate, named: dict[tuple[str, str], str]) -> list[Cell]:
    return [
        named.get((rate.plan, rate.carrier), rate.plan or rate.carrier),
        said.place(rate.place, language()),
    ]


def _mistakes(bad: Sequence[Bad]) -> Table:
    rows = [
        [f"{mistake.row}", mistake.column, mistake.value, said.why(mistake.why, mistake.facts, language())]
        for mistake in bad
    ]
    return Table(
        _("Rows with mistakes"),
        (_("Row"), _("Column"), _("What stands there"), _("Why not")),
        rows,
        _("There are no rows."),
    )


def _preview(read: File) -> list[Table]:
    assert read.since is not None
    shown = actions.preview(read.since, read.rates)
    made = shown.changes
    both = [*made.added, *made.ended, *(after for _before, after in made.changed)]
    named = _names(subjects(both))
    rows: list[list[Cell]] = [
        *(
            [StateBadge(_("new"), "good"), *_about(rate, named), _what(rate), "", _price(rate)]
            for rate in made.added
        ),
        *(
            [
                StateBadge(_("changed"), "wait"),
                *_about(rate, named),
                _what(rate),
                _price(before),
                _price(rate),
            ]
            for before, rate in made.changed
        ),
        *(
            [StateBadge(_("ends"), "bad"), *_about(rate, named), _what(rate), _price(rate), ""]
            for rate in made.ended
        ),
    ]
    heads = (_("Change"), _("For"), _("Where"), _("What"), _("Before"), _("After"))
    title = _("From %(day)s: %(counted)s") % {"day": read.since, "counted": said.counted(made, language())}
    samples = [
        [
            _whom(sample.subject),
            said.place(sample.place, language()),
            _total(sample.before),
            _total(sample.after),
        ]
        for sample in shown.samples
    ]
    return [
        Table(title, heads, rows, _("Nothing changes.")),
        Table(
            _("A trip of 5 days: 10 minutes of calls home, 5 received, 5 SMS, 500 MB"),
            (_("For"), _("Where"), _("Before"), _("After")),
            samples,
            "",
            frozenset({2, 3}),
        ),
    ]


def _what(rate: Rate) -> str:
    return said.service(rate, language())


def _price(rate: Rate) -> str:
    row = said.row(rate, language())
    return f"{row.price} · {row.detail}" if row.detail and rate.service is not Service.STOP else row.price


def _total(cost: Cost | None) -> str:
    return said.total(cost, language()) if cost else "–"
