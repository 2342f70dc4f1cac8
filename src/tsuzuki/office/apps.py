"""Tells Django's admin which site is ours, without looking for admin modules by itself."""

from django.contrib.admin.apps import SimpleAdminConfig


class OfficeConfig(SimpleAdminConfig):
    default_site = "tsuzuki.office.site.Office"
