"""A form that ends in an action.

The office's only way to change anything: what it writes, `actions` writes.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Protocol

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from unfold.widgets import CHECKBOX_CLASSES, INPUT_CLASSES, SELECT_CLASSES, TEXTAREA_CLASSES

from tsuzuki.core.errors import Refused
from tsuzuki.core.staff import Permission
from tsuzuki.ui.refusals import sentence

from .permissions import actor, allowed

DO = "do"  # which form of a page was sent
SEEN = "seen"  # what it showed when it was opened


class FormPage(Protocol):
    def show(self, request: HttpRequest) -> HttpResponse: ...


class ActionForm(forms.Form):
    """`act` does it and says so in a sentence, or answers with a page of its own.

    Refused becomes an error of the form.

    `about` is the row the form is about; a form whose first values changed since it was opened is refused,
    never written over them.
    """

    name: ClassVar[str] = "save"
    title: ClassVar[Any] = ""
    button: ClassVar[Any] = ""
    lead: ClassVar[Any] = ""  # a sentence above the fields
    tone: ClassVar[str] = "primary"  # or danger, plain
    others: ClassVar[tuple[tuple[str, Any], ...]] = ()  # a second button: its value and words
    wide: ClassVar[bool] = False  # many fields: stands in the middle, not at the side
    folded: ClassVar[bool] = False  # seldom needed: shows its title alone
    may: ClassVar[Permission] = Permission.WORK
    after: ClassVar[str] = ""  # where to go on; empty: the same page
    required_css_class = "required"

    def __init__(self, data: Mapping[str, Any] | None = None, about: Any = None, **more: Any) -> None:
        self.about = about
        self.next = self.after
        self.shows: list[Any] = []  # tables under the form
        super().__init__(data, initial=self.first(), auto_id=f"{self.name}_%s", label_suffix="", **more)
        self.prepare()
        self.order_fields(self.field_order)
        for field in self.fields.values():
            _dress(field)

    def first(self) -> dict[str, Any]:
        """The values it opens with."""
        return {}

    def prepare(self) -> None:
        """Fields that depend on what it is about."""

    def look(self, now: datetime) -> None:
        """The second button: show what it would mean, write nothing."""

    def act(self, by: str, now: datetime) -> "str | FormPage":
        """A sentence; or, where something is shown this once, the page that shows it."""
        raise NotImplementedError

    @property
    def seen(self) -> str:
        shown = sorted((name, str(value)) for name, value in self.initial.items())
        return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]

    def clean(self) -> dict[str, Any] | None:
        if self.data.get(SEEN, self.seen) != self.seen:
            raise forms.ValidationError(
                _("Somebody changed this while you had it open. Please reload the page and look again.")
            )
        return super().clean()


def _dress(field: forms.Field) -> None:
    widget = field.widget
    classes = {"checkbox": CHECKBOX_CLASSES, "select": SELECT_CLASSES}.get(
        getattr(widget, "input_type", ""), INPUT_CLASSES
    )
    if isinstance(widget, forms.Textarea):
        classes = TEXTAREA_CLASSES
    if not isinstance(widget, forms.HiddenInput | forms.RadioSelect | forms.CheckboxSelectMultiple):
        widget.attrs["class"] = " ".join([*classes, widget.attrs.get("class", "")]).strip()


def run(request: HttpRequest, sheets: list[ActionForm]) -> HttpResponse | None:
    """Of a page's forms, the one that was sent: done, and an answer; None:
    show the page (with what is wrong).
    """
    if request.method != "POST":
        return None
    for place, sheet in enumerate(sheets):
        if sheet.name == request.POST.get(DO):
            sent = type(sheet)(request.POST, about=sheet.about, files=request.FILES)
            sheets[place] = sent
            return _do(request, sent)
    return None


def _do(request: HttpRequest, sheet: ActionForm) -> HttpResponse | None:
    if not sheet.is_valid():
        return None
    if request.POST.get("then"):
        sheet.look(timezone.now())
        return None
    try:
        answer = sheet.act(actor(request), timezone.now())
    except Refused as refused:
        sheet.add_error(None, words(refused))
        return None
    if not isinstance(answer, str):
        return answer.show(request)
    messages.success(request, answer)
    return HttpResponseRedirect(sheet.next or request.path)


def words(refused: Refused) -> str:
    return sentence(refused.code, refused.facts, get_language() or "en")


def permitted_forms(request: HttpRequest, sheets: list[ActionForm]) -> list[ActionForm]:
    return [sheet for sheet in sheets if allowed(request, sheet.may)]
