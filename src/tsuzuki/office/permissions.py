"""Who is signed in, and what they are permitted to do."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tsuzuki.actions.people.staff import actor_name
from tsuzuki.core.staff import Permission, has_permission
from tsuzuki.records import models

SINCE = "since"  # in the session: when both factors were shown
LONGEST = timedelta(hours=12)  # then they are shown again, however busy it was
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def staff_of(request: HttpRequest) -> models.Staff | None:
    """Only with both factors, and not for longer than a working day."""
    if not hasattr(request, "office_staff"):
        request.office_staff = _find(request)  # type: ignore[attr-defined]
    return cast("models.Staff | None", request.office_staff)  # type: ignore[attr-defined]


def _find(request: HttpRequest) -> models.Staff | None:
    since = request.session.get(SINCE)
    if since is None or timezone.now() - datetime.fromisoformat(since) > LONGEST:
        return None
    user = request.user
    if not (user.is_authenticated and user.is_active and user.is_staff):
        return None
    return (
        models.Staff.objects.select_related("user")
        .filter(user=user.pk, left_at=None, enrolled_at__isnull=False)
        .first()
    )


def require(request: HttpRequest, what: Permission) -> models.Staff:
    staff = staff_of(request)
    if staff is None or not has_permission(staff.role, what):
        raise PermissionDenied
    return staff


def allowed(request: HttpRequest, what: Permission) -> bool:
    staff = staff_of(request)
    return staff is not None and has_permission(staff.role, what)


def actor(request: HttpRequest) -> str:
    staff = staff_of(request)
    if staff is None:
        raise PermissionDenied
    return actor_name(staff.user)


def permission_required(what: Permission) -> Callable[[View[P]], View[P]]:
    """A page only for those who may."""

    def wrap(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            require(request, what)
            return view(request, *args, **kwargs)

        return guarded

    return wrap
