"""Every address of this installation."""

from django.urls import include, path

urlpatterns = [path("api/v1/", include("tsuzuki.api.urls"))]
