"""The office under its address."""

from django.contrib import admin

from . import admin_pages

assert admin_pages.DESKS  # its import is what fills the site
urlpatterns, app_name, namespace = admin.site.urls
