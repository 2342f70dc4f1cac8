"""Every address of the office, as everybody: a guest, a viewer, a clerk, a manager, the owner.

Nothing is open that should not be.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import cast
from tests.faces import desk
from tsuzuki.core.staff import Role

SEE = (Role.VIEWER, Role.CLERK, Role.MANAGER, Role.OWNER)
SELLERS = (Role.MANAGER, Role.OWNER)
HOUSE = (Role.OWNER,)
# Name of the address: who may open it.
WHO = {
    "index": SEE,
    "work": SEE,
    "task": SEE,
    "me": SEE,
    "search": SEE,
    "jsi18n": SEE,
    "records_line_changelist": SEE,
    "records_line_change": SEE,
    "records_line_add": SELLERS,
    "records_purchase_changelist": SEE,
    "records_purchase_change": SEE,
    "records_plan_changelist": SEE,
    "records_plan_change": SEE,
    "records_plan_add": SELLERS,
    "records_carrier_changelist": SEE,
    "records_carrier_change": SEE,
    "records_carrier_add": SELLERS,
    "records_gateway_changelist": SEE,
    "records_gateway_change": SEE,
    "records_gateway_add": SELLERS,
    "records_voucherbatch_changelist": SELLERS,
    "records_voucherbatch_change": SELLERS,
    "records_voucherbatch_add": SELLERS,
    "records_account_changelist": SELLERS,
    "records_account_change": SELLERS,
    "records_account_add": SELLERS,
    "records_auditentry_changelist": SELLERS,
    "records_auditentry_change": SELLERS,
    "records_staff_changelist": HOUSE,
    "records_staff_change": HOUSE,
    "records_staff_add": HOUSE,
    "brand": HOUSE,
    "legal": HOUSE,
    "roaming": SEE,
    "roaming_csv": SEE,
    "pilot": SELLERS,
}
OPEN = {"login", "code", "join", "logout"}


@pytest.fixture(autouse=True)
def quick_passwords():
    from django.test import override_settings

    with override_settings(PASSWORD_HASHERS=desk.FAST):
        yield


@pytest.fixture
def things(client, line):
    """One of everything, with its address."""
    from django.urls import reverse
    from django.utils import timezone

    from tsuzuki.actions.money import accounts, vouchers
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.core.money import Money
    from tsuzuki.records import models

    now = timezone.now()
    purchase = cast.buy(line, "data-3gb", PaymentChoice("byhand"), now=now)
    cast.go(now)
    batch, _ = vouchers.make_batch(Money(1000, "JPY"), 2, now, actor="test")
    member = desk.hire("somebody", Role.VIEWER, now)
    rows = {
        "line": line,
        "purchase": purchase.id,
        "plan": models.Plan.objects.get(code="data-3gb").id,
        "carrier": "sand",
        "gateway": "byhand",
        "voucherbatch": batch.id,
        "account": accounts.make("Reseller", "reseller", "test", now).id,
        "staff": member.user_id,
        "auditentry": models.AuditEntry.objects.first().id,
    }
    attempt = models.Attempt.objects.get()
    found = {}
    for name in WHO:
        kind = name.split("_")[1] if "_" in name else ""
        arguments = [rows[kind]] if name.endswith("_change") else [f"a{attempt.id}"] if name == "task" else []
        found[name] = reverse(f"admin:{name}", args=arguments)
    return found


def signed_in(client, role: Role | None):
    from django.utils import timezone

    if role is not None:
        now = timezone.now()
        member = desk.hire(f"the-{role.value}", role, now)
        assert desk.sign_in(client, member, now)["Location"] == "/office/"
    return client


def names() -> set[str]:
    from django.urls import get_resolver

    office = next(one for one in get_resolver().url_patterns if str(one.pattern) == "office/")

    def walk(patterns):
        for one in patterns:
            yield from walk(one.url_patterns) if hasattr(one, "url_patterns") else [one.name]

    return set(walk(office.url_patterns))


def test_every_address_is_in_the_table(client):
    assert names() == set(WHO) | OPEN


@pytest.mark.parametrize("role", [None, *SEE], ids=lambda role: role.value if role else "guest")
def test_the_walk(client, things, role):
    signed_in(client, role)
    for name, path in things.items():
        answer = client.get(path)
        if role is None:
            assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/office/sign-in/"), name
            assert client.post(path, {"do": "save"}).status_code == 302, name
        else:
            assert answer.status_code == (200 if role in WHO[name] else 403), (name, role)
            assert answer["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'"), name
            assert "no-store" in answer["Cache-Control"] or name == "jsi18n", name


@pytest.mark.parametrize("role", SEE, ids=lambda role: role.value)
def test_no_form_beyond_ones_role(client, things, role):
    """Every form the owner sees on a page is sent there by others too, and one it does not have: theirs or
    refused, and what is refused leaves no trace.
    """
    from django.test import Client

    from tsuzuki.core.staff import has_permission
    from tsuzuki.office import action_form
    from tsuzuki.records.models import AuditEntry

    owner = signed_in(Client(SERVER_NAME="localhost", headers={"Accept-Language": "en"}), Role.OWNER)
    if role is not Role.OWNER:
        signed_in(client, role)
    else:
        client = owner
    kinds = [kind for kind in _all(action_form.ActionForm) if not kind.__module__.endswith("sign_in")]
    assert len(kinds) > 40
    theirs = {kind.name for kind in kinds if has_permission(role, kind.may)}
    foreign = sorted({kind.name for kind in kinds} - theirs) or [""]
    before = AuditEntry.objects.count()

    def forms(who, path):
        page = who.get(path)
        return set(desk.forms_of(page.content.decode())) if page.status_code == 200 else set()

    for turn, path in enumerate(path for name, path in things.items() if name not in ("search", "jsi18n")):
        assert forms(client, path) <= theirs, path
        for name in {*(forms(owner, path) - theirs), foreign[turn % len(foreign)]} - {""}:
            assert client.post(path, {"do": name, "reference": "x", "why": "x"}).status_code in (200, 403), (
                path,
                name,
            )
    assert AuditEntry.objects.count() == before


def _all(kind):
    for one in kind.__subclasses__():
        yield one
        yield from _all(one)


def test_what_the_admin_would_write_has_no_address(client, things):
    from tsuzuki.records import models

    signed_in(client, Role.OWNER)
    line, plan = things["records_line_change"], things["records_plan_change"]
    for path in (line, plan, things["records_purchase_change"]):
        for end in ("change/", "delete/", "history/"):
            assert client.get(path + end).status_code == 404, path + end
            assert client.post(path + end, {"post": "yes"}).status_code == 404, path + end
    chosen = list(models.Plan.objects.values_list("id", flat=True))
    client.post("/office/plans/", {"action": "delete_selected", "_selected_action": chosen, "post": "yes"})
    assert models.Plan.objects.count() == len(chosen)


def test_the_base_class_would_rather_break_than_write(client):
    from django.contrib import admin

    from tsuzuki.office.read_only_admin import AdminWrote

    assert len(admin.site._registry) == 9
    for one in admin.site._registry.values():
        for way in (
            "save_model",
            "save_formset",
            "save_related",
            "delete_model",
            "delete_queryset",
            "log_change",
            "log_addition",
        ):
            with pytest.raises(AdminWrote):
                getattr(one, way)(None, None, None, None)
        assert not one.has_change_permission(None)
        assert not one.has_delete_permission(None)


@pytest.mark.parametrize(
    "path",
    [
        "lines/x/",
        "lines/01a204cd-0000-7000-8000-000000000000/",
        "purchases/x/",
        "plans/x/",
        "carriers/x/",
        "vouchers/x/",
        "accounts/x/",
        "staff/x/",
        "audit/x/",
        "audit/99999999999999999999/",
        "work/a1/",
        "work/r1/",
        "work/ix/",
        "work/i99999999999999999999999/",
        "work/z1/",
        "nothing/",
        "work/i²/",
    ],
)
def test_ids_of_nothing(client, path):
    signed_in(client, Role.OWNER)
    answer = client.get(f"/office/{path}")
    assert answer.status_code == 404
    assert "There is nothing at this address" in desk.text(answer)


def test_a_body_of_ten_megabytes(client, things):
    signed_in(client, Role.OWNER)
    answer = client.post("/office/legal/", {"do": "seller", "text_en": "x" * 10_000_000})
    assert answer.status_code == 413
    assert "too much at once" in desk.text(answer)


def test_a_form_from_elsewhere(client, things):
    from django.test import Client

    guarded = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    guarded.cookies = signed_in(client, Role.OWNER).cookies
    answer = guarded.post("/office/me/", {"do": "speak", "language": "ja"})
    assert answer.status_code == 403
    assert "reload it" in desk.text(answer)


def test_customers_meet_no_session(client, things):
    for path in ("/", "/en/", "/find", "/seller"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert set(answer.cookies) <= {"csrftoken"}
        assert "unsafe-eval" not in answer["Content-Security-Policy"]


def test_the_session_is_the_offices_alone(client, things):
    signed_in(client, Role.CLERK)
    cookie = client.cookies["office"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (
        "/office/",
        True,
        "Lax",
        "",
    )


def test_static_files_come_from_here(client):
    for path in (
        "/static/office/office.css",
        "/static/unfold/css/styles.css",
        "/static/unfold/fonts/inter/Inter-Regular.woff2",
    ):
        answer = client.get(path)
        assert answer.status_code == 200
        assert b"".join(answer), path
        answer.close()
    assert client.get("/static/../settings.py").status_code == 404


def test_a_working_day_is_the_longest(client, things, monkeypatch):
    from django.utils import timezone

    signed_in(client, Role.CLERK)
    assert client.get("/office/").status_code == 200
    session = client.session
    session["since"] = (timezone.now() - timedelta(hours=12, seconds=1)).isoformat()
    session.save()
    assert client.get("/office/").status_code == 302


@pytest.mark.parametrize("language", ["ja", "zh-Hans"])
def test_no_page_mixes_languages(client, things, language):
    """What we say ourselves is translated; names operators wrote, codes and ids are let be."""
    from django.utils import timezone

    now = timezone.now()
    member = desk.hire("sato", Role.OWNER, now, language)
    desk.sign_in(client, member, now)
    for name in (
        "index",
        "work",
        "brand",
        "legal",
        "me",
        "records_plan_add",
        "records_carrier_add",
        "records_staff_add",
    ):
        said = desk.text(client.get(things[name]))
        for word in (
            "Save",
            "State",
            "Today",
            "Price",
            "Name",
            "Please",
            "Language",
            "None",
            "Orders",
            "Cancel",
        ):
            assert word not in said.split(), (name, word)
