"""The base class of all lists: Django's admin, which shows and never writes.

What the admin would save, save with others, delete or delete in bulk has no address and no button here;
should any way lead there all the same, it ends in an error, not in a table. Pages and forms are cards and
sheets, and sheets end in `actions`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, ClassVar, NoReturn

from django.contrib import admin
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from tsuzuki.core.staff import Permission

from .action_form import ActionForm, run
from .detail_page import DetailPage, Link, show, shown
from .permissions import allowed, require


class AdminWrote(Exception):
    """The admin itself was about to write: a bug."""


def column(words: Any, order: str | None = None) -> Callable[[Any], Any]:
    """A column of a list."""

    def wrap(says: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        @wraps(says)
        def harmless(admin: Any, row: Any) -> Any:
            return shown(says(admin, row))

        return admin.display(description=words, ordering=order)(harmless)

    return wrap


class ReadOnlyAdmin(ModelAdmin):
    heading: ClassVar[Any] = ""
    see: ClassVar[Permission] = Permission.SEE
    new: ClassVar[type[ActionForm] | None] = None
    change_list_template = "office/list.html"
    show_add_link = False
    actions = None
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = InfinitePaginator  # nobody counts ten million lines to turn a page
    list_filter_sheet = False
    list_fullwidth = False
    sortable_by: Sequence[str] = ()
    list_filter: ClassVar[Sequence[type[admin.SimpleListFilter]]] = ()

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        wrap = self.admin_site.admin_view
        ways = [path("", wrap(self.changelist_view), name=f"{name}_changelist")]
        if self.new is not None:
            ways.append(path("add/", wrap(self.add_card), name=f"{name}_add"))
        return [*ways, path("<path:object_id>/", wrap(self.card_view), name=f"{name}_change")]

    def address(self, row: Model | None = None) -> str:
        return (
            reverse(f"{self._name()}_change", args=[row.pk])
            if row is not None
            else reverse(f"{self._name()}_changelist")
        )

    def _name(self) -> str:
        return f"admin:{self.opts.app_label}_{self.opts.model_name}"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        require(request, self.see)
        add = (
            Link(self.new.title, reverse(f"{self._name()}_add"))
            if self.new and self.has_add_permission(request)
            else None
        )
        ours = {"title": self.heading, "add": add, "is_fullwidth": "", **(extra_context or {})}
        response: HttpResponse = super().changelist_view(request, ours)
        response["X-Office"] = "1"
        return response

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only the filters of the list.

        The admin filters by every column of the table, and who may guess reads it letter by letter.
        """
        return lookup in {kind.parameter_name for kind in self.list_filter}

    def card_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        require(request, self.see)
        # PostgreSQL has no such letter.
        row = None if "\0" in object_id else self.get_object(request, object_id)
        if row is None:
            raise Http404
        card = self.card(request, row)
        card.sheets = [sheet for sheet in card.sheets if allowed(request, sheet.may)]
        card.above = card.above or Link(self.heading, self.address())
        return run(request, card.sheets) or show(request, card)

    def add_card(self, request: HttpRequest) -> HttpResponse:
        assert self.new is not None
        require(request, self.new.may)
        card = DetailPage(
            self.new.title, Link(self.heading, self.address()), sheets=[self.new_sheet(request)]
        )
        return run(request, card.sheets) or show(request, card)  # type: ignore[arg-type]

    def new_sheet(self, request: HttpRequest) -> ActionForm:
        assert self.new is not None
        return self.new()

    def card(self, request: HttpRequest, row: Any) -> DetailPage:
        raise NotImplementedError

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allowed(request, self.see)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.new is not None and allowed(request, self.new.may)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return allowed(request, self.see)

    def _never(self, *what: Any, **more: Any) -> NoReturn:
        raise AdminWrote(type(self).__name__)

    save_model = save_formset = save_related = delete_model = delete_queryset = _never
    log_addition = log_change = log_deletions = _never


def tag(words: Any, tone: str) -> SafeString:
    """A state in a list."""
    return format_html('<span class="mark mark-{}">{}</span>', tone, words)


def in_force(moment: datetime | None, now: datetime) -> bool:
    return moment is None or moment > now
