"""All URLs of the office. Importing this registers the admins."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path

from . import (
    accounts,
    audit,
    brand,
    carriers,
    gateways,
    lines,
    pilot,
    plans,
    purchases,
    roaming,
    sign_in,
    staff,
    today,
    vouchers,
    work,
    work_list,
)

DESKS = {
    "lines": lines.LineAdmin,
    "purchases": purchases.PurchaseAdmin,
    "plans": plans.PlanAdmin,
    "carriers": carriers.CarrierAdmin,
    "gateways": gateways.GatewayAdmin,
    "vouchers": vouchers.VoucherAdmin,
    "accounts": accounts.AccountAdmin,
    "staff": staff.StaffAdmin,
    "audit": audit.AuditAdmin,
}


def nothing(request: HttpRequest) -> HttpResponse:
    """unfold's search box wants an address; each list searches for itself."""
    return HttpResponse()


def addresses(site: admin.AdminSite) -> list[URLPattern | URLResolver]:
    guard = site.admin_view
    desks = {type(admin): admin for admin in site._registry.values()}
    return [
        path("", guard(today.today), name="index"),
        path("sign-in/", sign_in.password, name="login"),
        path("sign-in/code/", sign_in.code, name="code"),
        path("join/<str:token>/", sign_in.join, name="join"),
        path("sign-out/", sign_in.leave, name="logout"),
        path("me/", guard(staff.me), name="me"),
        path("work/", guard(work_list.work), name="work"),
        path("work/<str:id>/", guard(work.task), name="task"),
        path("brand/", guard(brand.brand), name="brand"),
        path("legal/", guard(brand.legal), name="legal"),
        path("pilot/", guard(pilot.pilot), name="pilot"),
        path("roaming/", guard(roaming.roaming), name="roaming"),
        path("roaming/table.csv", guard(roaming.download), name="roaming_csv"),
        path("search/", guard(nothing), name="search"),
        path("words.js", guard(site.i18n_javascript, cacheable=True), name="jsi18n"),
        *(path(f"{name}/", include(desks[kind].get_urls())) for name, kind in DESKS.items()),
    ]
