"""The office's one site: its addresses, its sidebar, who comes in."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from unfold.sites import UnfoldAdminSite

from tsuzuki.core.staff import Permission, has_permission
from tsuzuki.records import queries
from tsuzuki.records.work_list import things_waiting

from .permissions import staff_of


class Office(UnfoldAdminSite):
    """None of the admin's own addresses is kept but the lists and its words for scripts."""

    enable_nav_sidebar = True
    final_catch_all_view = False

    def has_permission(self, request: HttpRequest) -> bool:
        return staff_of(request) is not None

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from .admin_pages import addresses

        return addresses(self)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The sidebar is ours; the admin's list of apps has no page."""
        return []

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        from .sign_in import password

        return password(request)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        staff = staff_of(request)
        name = queries.brand().name
        context = super().each_context(request)
        ours: dict[str, Any] = context | {
            "site_title": name,
            "site_header": name,
            "site_subheader": _("Office"),
            "site_symbol": "storefront",
            "site_url": None,
            "site_favicons": [{"rel": "icon", "href": "data:,"}],
            "branding": name,
            "colors": None,
            "styles": ["/static/office/office.css"],
            "scripts": ["/static/office/office.js"],
            "sidebar_navigation": self._sidebar(request, staff.role) if staff else [],
            "show_languages": False,
            "account_links": [{"title": _("My account"), "link": reverse("admin:me")}],
            "staff": staff,
            "menu": _("Menu"),
        }
        return ours

    def _sidebar(self, request: HttpRequest, role: str) -> list[dict[str, Any]]:
        waiting = things_waiting()
        groups = [
            (_("Day"), [
                (_("Today"), "today", "admin:index", Permission.SEE, 0),
                (_("Work list"), "checklist", "admin:work", Permission.SEE, waiting),
            ]),
            (_("Customers"), [
                (_("Lines"), "sim_card", "admin:records_line_changelist", Permission.SEE, 0),
                (_("Purchases"), "receipt_long", "admin:records_purchase_changelist", Permission.SEE, 0),
                (_("Pilot"), "experiment", "admin:pilot", Permission.SELL, 0),
            ]),
            (_("What we sell"), [
                (_("Plans"), "sell", "admin:records_plan_changelist", Permission.SEE, 0),
                (_("Carriers"), "cell_tower", "admin:records_carrier_changelist", Permission.SEE, 0),
                (_("Gateways"), "credit_card", "admin:records_gateway_changelist", Permission.SEE, 0),
                (_("Prices abroad"), "public", "admin:roaming", Permission.SEE, 0),
                (
                    _("Vouchers"),
                    "confirmation_number",
                    "admin:records_voucherbatch_changelist",
                    Permission.SELL,
                    0,
                ),
            ]),
            (pgettext("sidebar", "Our house"), [
                (_("Brand and shops"), "palette", "admin:brand", Permission.HOUSE, 0),
                (_("Legal texts"), "gavel", "admin:legal", Permission.HOUSE, 0),
                (
                    _("Accounts of programs"),
                    "handshake",
                    "admin:records_account_changelist",
                    Permission.PARTNERS,
                    0,
                ),
                (_("Staff"), "badge", "admin:records_staff_changelist", Permission.HOUSE, 0),
                (_("Audit log"), "history", "admin:records_auditentry_changelist", Permission.AUDIT, 0),
            ]),
        ]  # fmt: skip
        return [
            {
                "title": title,
                "items": [_item(request, *item) for item in items if has_permission(role, item[3])],
                "separator": place > 0,
            }
            for place, (title, items) in enumerate(groups)
        ]


def _item(
    request: HttpRequest, title: str, icon: str, name: str, _needs: Permission, badge: int
) -> dict[str, Any]:
    link = reverse(name)
    active = request.path == link or (name != "admin:index" and request.path.startswith(link))
    return {
        "title": title,
        "icon": icon,
        "link": link,
        "has_permission": True,
        "active": active,
        "badge": badge or "",
    }
