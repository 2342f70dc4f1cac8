"""Who did what, and when. Nothing here can be changed."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from tsuzuki.core.staff import Permission
from tsuzuki.records import models
from tsuzuki.ui import formats

from . import words
from .detail_page import DetailPage, Verbatim, language, moment
from .read_only_admin import ReadOnlyAdmin, column


@admin.register(models.AuditEntry)
class AuditAdmin(ReadOnlyAdmin):
    heading = __("Audit log")
    see = Permission.AUDIT
    list_display = ("when", "who", "did", "about")
    search_fields = ("=actor", "=subject", "=subject_id", "=act")
    search_help_text = __(
        "A person (staff NAME), a subject (order ..., plan CODE), its id alone, or an act; each whole"
    )
    ordering = ("-id",)

    @column(__("When"))
    def when(self, entry: models.AuditEntry) -> str:
        return formats.moment(entry.at, "Asia/Tokyo", language())

    @column(__("Who"))
    def who(self, entry: models.AuditEntry) -> str:
        return entry.actor.removeprefix("staff ")

    @column(__("Did what"))
    def did(self, entry: models.AuditEntry) -> str:
        return words.plain(words.ACT, entry.act)

    @column(__("About"))
    def about(self, entry: models.AuditEntry) -> str:
        return entry.subject

    def card(self, request: HttpRequest, row: models.AuditEntry) -> DetailPage:
        facts: list[tuple[Any, Any]] = [
            (_("When"), moment(request, row.at)),
            (_("Who"), row.actor),
            (_("Did what"), words.plain(words.ACT, row.act)),
            (_("About"), row.subject),
            (_("Details"), Verbatim(json.dumps(row.facts, ensure_ascii=False, indent=1))),
        ]
        return DetailPage(words.plain(words.ACT, row.act), facts=facts)
