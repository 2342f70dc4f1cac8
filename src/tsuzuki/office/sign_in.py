"""Coming in: password, then a code of the app; at the first time the app is set up. And the way out."""

from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any
from urllib.parse import quote
from uuid import UUID

import segno
from django import forms
from django.conf import settings
from django.contrib import admin, auth
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from tsuzuki.actions.people import staff as actions
from tsuzuki.actions.people import totp
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.keyring import SecretMissing
from tsuzuki.http.addresses import client_ip
from tsuzuki.records import models, queries

from .action_form import ActionForm, words
from .permissions import SINCE

HALF = "half"  # in the session: who showed the first factor, when, and which credential it was
DEVICE, DEVICE_KEPT = "office_device", timedelta(days=180)
HALF_HOLDS = timedelta(minutes=10)
BACKEND = "django.contrib.auth.backends.ModelBackend"


class Password(ActionForm):
    name = "password"
    title, button = _("Sign in"), _("Next")
    username = forms.CharField(
        label=_("Name"),
        max_length=40,
        widget=forms.TextInput({"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


class OneTimeCode(ActionForm):
    name = "code"
    title, button = _("Second step"), _("Sign in")
    lead = _("Type the six digits your authenticator app shows now, or one of your recovery codes.")
    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True}),
    )


class FirstCode(OneTimeCode):
    name = "enrol"
    title, button = _("Set up the second step"), _("Confirm")
    lead = _(
        "Scan this picture with an authenticator app on your telephone, or type the key into it. "
        "Then type the six digits it shows."
    )


class NewPassword(ActionForm):
    name = "join"
    title, button = _("Choose a password"), _("Save")
    lead = _(
        "At least 12 characters. A few words that only you would put together are easy to keep "
        "and hard to guess."
    )
    password = forms.CharField(
        label=_("New password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )


def password(request: HttpRequest) -> HttpResponse:
    """First step."""
    sheet = Password(request.POST if request.method == "POST" else None)
    if request.method == "POST" and sheet.is_valid():
        given = sheet.cleaned_data
        try:
            staff = actions.knows_password(
                given["username"], given["password"], _from(request), timezone.now(), _device(request)
            )
        except Refused as refused:
            sheet.add_error(None, words(refused))
        else:
            request.session.flush()
            request.session[HALF] = [
                str(staff.user_id),
                timezone.now().isoformat(),
                actions.credential(staff),
            ]
            return HttpResponseRedirect(f"{reverse('admin:code')}?next={quote(_next(request))}")
    return _page(request, sheet)


def code(request: HttpRequest) -> HttpResponse:
    """Second step, or setting it up where there is none yet."""
    staff = _half(request)
    if staff is None:
        return HttpResponseRedirect(reverse("admin:login"))
    enrolled = staff.enrolled_at is not None
    kind = OneTimeCode if enrolled else FirstCode
    sheet = kind(request.POST if request.method == "POST" else None)
    if request.method == "POST" and sheet.is_valid():
        now = timezone.now()
        try:
            if enrolled:
                actions.has_code(staff, sheet.cleaned_data["code"], now, _device(request))
                return _come_in(request, staff, now, HttpResponseRedirect(_next(request)))
            codes = actions.enrol(staff, sheet.cleaned_data["code"], now)
        except Refused as refused:
            sheet.add_error(None, words(refused))
        else:
            page = _page(request, None, title=_("Your recovery codes"), codes=codes)
            return _come_in(request, staff, now, page)
    if enrolled:
        return _page(request, sheet)
    try:
        secret = actions.secret_of(staff)
    except SecretMissing:
        return _page(request, None, status=410, title=words(Refused(Code.INVITATION_OVER)))
    return _page(request, sheet, key=_in_fours(totp.base32(secret)), picture=_picture(secret, staff))


def join(request: HttpRequest, token: str) -> HttpResponse:
    """An invitation: choose a password, then sign in with it."""
    try:
        actions.invited(token, timezone.now())
    except Refused as refused:
        return _page(request, None, status=410, title=words(refused))
    sheet = NewPassword(request.POST if request.method == "POST" else None)
    if request.method == "POST" and sheet.is_valid():
        try:
            actions.join(token, sheet.cleaned_data["password"], timezone.now())
        except Refused as refused:
            sheet.add_error(None, words(refused))
        else:
            return HttpResponseRedirect(reverse("admin:login"))
    return _page(request, sheet)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    auth.logout(request)
    return HttpResponseRedirect(reverse("admin:login"))


def _from(request: HttpRequest) -> str:
    return client_ip(
        request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", ""), settings.PROXIES
    )


def _device(request: HttpRequest) -> str:
    return request.COOKIES.get(DEVICE, "")


def _half(request: HttpRequest) -> models.Staff | None:
    """Who showed the first factor a moment ago,
    while the password and the second factor are what they were then.
    """
    user, at, credential = request.session.get(HALF, (None, "", ""))
    if user is None or timezone.now() - datetime.fromisoformat(at) > HALF_HOLDS:
        return None
    staff = models.Staff.objects.select_related("user").filter(user=UUID(user), left_at=None).first()
    return staff if staff and compare_digest(actions.credential(staff), credential) else None


def _come_in(request: HttpRequest, staff: models.Staff, now: datetime, answer: HttpResponse) -> HttpResponse:
    auth.login(request, staff.user, BACKEND)
    request.session.pop(HALF, None)
    request.session[SINCE] = now.isoformat()
    answer.set_cookie(
        DEVICE,
        actions.device_of(staff, _device(request)),
        max_age=DEVICE_KEPT,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return answer


def _next(request: HttpRequest) -> str:
    wanted = request.GET.get("next", "")
    safe = (
        url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
        and wanted.startswith("/office/")
        and ".." not in wanted
    )
    return wanted if safe else reverse("admin:index")


def _picture(secret: bytes, staff: models.Staff) -> str:
    return segno.make(
        totp.address(secret, queries.brand().name, staff.user.username), error="m"
    ).svg_data_uri(scale=4)


def _in_fours(text: str) -> str:
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


def _page(request: HttpRequest, sheet: ActionForm | None, status: int = 200, **more: Any) -> HttpResponse:
    bad = 422 if sheet is not None and sheet.errors else status
    context = {
        **admin.site.each_context(request),
        "title": sheet.title if sheet else "",
        "sheet": sheet,
        **more,
    }
    return TemplateResponse(request, "office/door.html", context, status=bad, headers={"X-Office": "1"})
