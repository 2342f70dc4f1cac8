"""The pilot: who of the lines that moved in may already renew here,
while the old system still serves the others.
"""

import re
from datetime import datetime

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from tsuzuki.actions.lines import pilot as actions
from tsuzuki.core.staff import Permission
from tsuzuki.records import models, queries
from tsuzuki.ui import formats

from .action_form import ActionForm, run, words
from .detail_page import DetailPage, Link, StateBadge, Table, show
from .permissions import permission_required

MOST = 100  # lines shown, mistakes told
BETWEEN = re.compile(r"[\n\r,;、，；\t]+")  # blanks may be part of a number


class _Numbers(ActionForm):
    may = Permission.SELL
    numbers = forms.CharField(
        label=__("Numbers"),
        max_length=200_000,
        widget=forms.Textarea({"rows": 6}),
        help_text=__("One a line, written in any way. If one is wrong, nothing is changed."),
    )

    def clean_numbers(self) -> list[str]:
        typed = [part.strip() for part in BETWEEN.split(self.cleaned_data["numbers"]) if part.strip()]
        numbers, wrong = actions.understand(typed)
        if wrong:
            told = [f"{text[:40]}: {words(why)}" for text, why in wrong[:MOST]]
            more = [_("And %(count)s more.") % {"count": len(wrong) - MOST}] if len(wrong) > MOST else []
            raise forms.ValidationError([*told, *more])
        return numbers


class LetIn(_Numbers):
    name, title, button = "let_in", __("Let lines in"), __("These may renew here")

    def act(self, by: str, now: datetime) -> str:
        return _changed(*actions.let_in(self.cleaned_data["numbers"], by, now))


class HoldBack(_Numbers):
    name, title, button, tone = "hold_back", __("Hold lines back"), __("These may not yet"), "plain"
    folded = True

    def act(self, by: str, now: datetime) -> str:
        return _changed(*actions.hold_back(self.cleaned_data["numbers"], by, now))


class _Everybody(ActionForm):
    may, tone, folded = Permission.SELL, "danger", True
    sure = forms.BooleanField(label=__("Yes, for every line"))


class Begin(_Everybody):
    name, title, button = "hold_all_back", __("Begin a pilot"), __("Hold everybody back")
    lead = __(
        "Nobody renews here from now on but those you let in. The others read «not yet» and go on as before."
    )

    def act(self, by: str, now: datetime) -> str:
        return _changed(actions.hold_all_back(by, now), [])


class Open(_Everybody):
    name, title, button = "open_to_all", __("Open to all"), __("Everybody may renew here")
    lead = __(
        "The pilot ends: nobody is held back any more. First see to it that the old system renews nobody."
    )

    def act(self, by: str, now: datetime) -> str:
        return _changed(actions.open_to_all(by, now), [])


def _changed(count: int, gone: list[str]) -> str:
    """`gone`: numbers that left their lines while we looked."""
    text = _("Lines changed: %(count)s.") % {"count": f"{count:,}"}
    return " ".join([text, _("On no line any more:"), *gone]) if gone else text


@permission_required(Permission.SELL)
def pilot(request: HttpRequest) -> HttpResponse:
    held, free = (
        models.Line.objects.filter(held_back=back, closed_at=None).count() for back in (True, False)
    )
    facts = [
        (
            _("State"),
            StateBadge(_("A pilot is running"), "wait")
            if held
            else StateBadge(_("Everybody may renew here"), "good"),
        ),
        (_("May renew here"), f"{free:,}"),
        (_("Are told «not yet»"), f"{held:,}"),
    ]
    sheets: list[ActionForm] = [LetIn(), HoldBack(), Open()] if held else [HoldBack(), Begin()]
    lead = _(
        "While an operator moves in, lines can be held back: their holders are told «not yet» "
        "and renew where they always did."
    )
    card = DetailPage(_("Pilot"), lead=lead, facts=facts, sheets=sheets, tables=[_let_in()] if held else [])
    return run(request, sheets) or show(request, card)


def _let_in() -> Table:
    lines = (
        models.Line.objects.select_related("carrier")
        .filter(held_back=False, closed_at=None)
        .order_by("-id")[:MOST]
    )
    numbers = queries.numbers_of([line.id for line in lines])
    rows = [
        [
            Link(formats.number(numbers[line.id]), reverse("admin:records_line_change", args=[line.id])),
            formats.iso_day(line.opened_at, line.carrier.zone),
        ]
        for line in lines
        if line.id in numbers
    ]
    return Table(
        _("In the pilot (the newest %(most)s)") % {"most": MOST},
        (_("Number"), _("Since")),
        rows,
        _("Nobody yet."),
    )
