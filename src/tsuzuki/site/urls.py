"""Every address of this installation."""

from django.urls import include, path

urlpatterns = [
    path("api/v1", include("tsuzuki.api.urls")),
    path("office/", include("tsuzuki.office.urls")),
    path("", include("tsuzuki.web.urls")),
]
handler400, handler403, handler404, handler500 = (
    f"tsuzuki.web.error_pages.{name}" for name in ("bad", "forbidden", "missing", "broken")
)
