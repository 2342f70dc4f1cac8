"""A new secret takes over while everything made with the old one goes on working; and an old one is dropped
only when nothing needs it.
"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests import cast
from tests.cast import NOON
from tests.faces import desk
from tsuzuki.actions.people import totp
from tsuzuki.core.errors import Refused
from tsuzuki.core.keyring import Keyring, SecretMissing
from tsuzuki.core.principal import Principal
from tsuzuki.core.staff import Role

OLD, NEW = "an old secret", "a new secret"
LATER = NOON + timedelta(days=1)


def ring(*secrets: str):
    """The first is the current one; ids by age."""
    from django.test import override_settings

    ids = {OLD: "1", NEW: "2"}
    return override_settings(
        KEYRING=Keyring(ids[secrets[0]], {ids[one]: one for one in secrets}),
        SECRET_KEY=secrets[0],
        SECRET_KEY_FALLBACKS=list(secrets[1:]),
        PASSWORD_HASHERS=desk.FAST,
    )


class Made:
    """What people hold, made under the old secret."""

    def __init__(self) -> None:
        from tsuzuki.actions.installation import secret_mark
        from tsuzuki.actions.lines import links
        from tsuzuki.actions.messages import webhooks
        from tsuzuki.actions.money import accounts
        from tsuzuki.actions.people import keys, staff
        from tsuzuki.records.models import Line

        secret_mark.keep("init", NOON)
        cast.operator()
        self.line = cast.line()
        self.account = accounts.make("Partner", "operator", "test", NOON)
        self.api = keys.make(self.account, "till", ["lines:read"], "test", NOON)[1]
        key, self.before = keys.make(self.account, "rotated", ["lines:read"], "test", NOON)
        self.after = keys.rotate(key.prefix, "test", NOON, timedelta(days=9))[1]
        self.voucher = cast.voucher(990)
        self.endpoint = webhooks.add(self.account.id, "https://partner.example/hook", "test", NOON)
        self.webhook = webhooks.secret_of(self.endpoint)
        self.invitation = staff.invite("mei", Role.CLERK, "test", NOON)[1]
        joined = staff.join(staff.invite("sato", Role.OWNER, "test", NOON)[1], desk.PASSWORD, NOON)
        self.seed = staff.secret_of(joined)
        self.recovery = staff.enrol(joined, totp.code(self.seed, totp.step_at(NOON)), NOON)
        self.device = staff.device_of(joined)
        held = links.read(links.token(Line.objects.get(), links.AccessLevel.LINK, NOON), NOON)
        self.link = links.token(held.line, links.AccessLevel.LINK, NOON)
        self.quoted = _quote(self.line)
        self.quote = links.quote_token(self.quoted, held, "voucher", NOON)

    def works(self) -> list[str]:
        """What of it still opens something."""
        from tsuzuki.actions.lines import links
        from tsuzuki.actions.messages import webhooks
        from tsuzuki.actions.people import keys, staff
        from tsuzuki.records.models import Staff, WebhookEndpoint

        sato = Staff.objects.select_related("user").get(user__username="sato")
        tries = {
            "api key": lambda: keys.find(self.api, LATER),
            "rotated": lambda: keys.find(self.after, LATER),
            "before it": lambda: keys.find(self.before, LATER),
            "invitation": lambda: staff.invited(self.invitation, LATER),
            "link": lambda: links.read(self.link, LATER),
            "quote": lambda: links.read_quote(self.quote, NOON + timedelta(hours=1)),
            "voucher": lambda: _redeemable(self.voucher.secret),
            "webhook": lambda: _same(webhooks.secret_of(WebhookEndpoint.objects.get()), self.webhook),
            "second factor": lambda: _same(staff.secret_of(sato), self.seed),
            "recovery": lambda: _same(staff._recovery_digest(sato, self.recovery[0]) in sato.recovery, True),
            "device": lambda: _same(bool(staff._known("sato", self.device)), True),
        }
        return [name for name, attempt in tries.items() if _opens(attempt)]


def _redeemable(code: str):
    from tsuzuki.actions.money import vouchers
    from tsuzuki.core.means import MeansRequest
    from tsuzuki.core.money import Money

    wish = MeansRequest(Principal.visitor(), frozenset(), Money(990, "JPY"), code)
    (found,) = vouchers.reserve([wish], LATER)
    if isinstance(found, Refused):
        raise found


def _opens(attempt) -> bool:
    from django.db import transaction

    try:
        with transaction.atomic():
            attempt()
    except (Refused, SecretMissing, AssertionError):
        return False
    return True


def _same(one: object, other: object) -> None:
    assert one == other


def _quote(line):
    from tsuzuki.actions.order.quote import LineRequest, quote

    return quote([LineRequest(line, "data-3gb")], NOON).id


@pytest.fixture
def made(database) -> Made:
    with ring(OLD):
        return Made()


def test_what_was_handed_out_goes_on_working_beside_a_new_secret_and_not_without_the_old_one(made):
    with ring(OLD):
        everything = made.works()
    assert len(everything) == 11
    with ring(NEW):
        assert made.works() == []
    with ring(NEW, OLD):
        assert made.works() == everything


def test_what_can_be_carried_over_needs_the_old_secret_no_more(made):
    from tsuzuki.actions.installation import secret_mark, secret_rotation

    with ring(NEW, OLD):
        assert secret_rotation.needs("1", NOON).sealed == 3
        assert secret_rotation.reseal("test", NOON) == secret_rotation.Resealed(3, 0)
        assert secret_rotation.reseal("test", NOON) == secret_rotation.Resealed(0, 0)
        assert made.works()  # and with it API keys change over
        found = secret_rotation.needs("1", LATER)
        assert (found.sealed, found.vouchers, found.api_keys, found.staff) == (0, 1, 0, 1)
        assert found.links_until == NOON + timedelta(days=400)
    with ring(NEW):
        assert set(made.works()) == {"api key", "rotated", "before it", "webhook", "second factor"}
        assert secret_mark.missing() == ["1"]


def test_what_cannot_be_read_is_left_as_it_is_and_holds_up_nothing(made, monkeypatch):
    """Also where a page of it lies in front of all others."""
    from tsuzuki.actions.installation import secret_rotation
    from tsuzuki.actions.people import staff
    from tsuzuki.records.models import Staff

    def seeds() -> dict[str, object]:
        return dict(Staff.objects.values_list("user__username", "seed"))

    monkeypatch.setattr(secret_rotation, "BATCH", 1)
    before = seeds()
    with ring(NEW):
        staff.invite("kim", Role.CLERK, "test", NOON)
        assert secret_rotation.reseal("test", NOON) == secret_rotation.Resealed(0, 3)
        assert {name: seed for name, seed in seeds().items() if name in before} == before
    with ring(OLD, NEW):
        assert secret_rotation.reseal("test", NOON) == secret_rotation.Resealed(1, 0)
    with ring(OLD):
        assert {one.secret_id for one in seeds().values()} == {"1"}


def test_a_secret_is_dropped_only_when_nothing_hangs_on_it(made):
    from tsuzuki.actions.installation import secret_rotation
    from tsuzuki.actions.money import vouchers
    from tsuzuki.actions.people import staff
    from tsuzuki.records.models import AuditEntry, InstallationSecret, VoucherBatch

    def refused(now=LATER) -> dict[str, object]:
        with pytest.raises(Refused, match="secret_needed") as why:
            secret_rotation.drop("1", "test", now)
        return {name: value for name, value in why.value.facts.items() if value not in (0, "–")}

    with ring(NEW, OLD):
        secret_rotation.reseal("test", NOON)
        assert refused() == {"id": "1", "vouchers": 1, "keys": 2, "staff": 1, "links": "2027-12-27"}
        assert made.works()
        vouchers.disable(VoucherBatch.objects.get().id, "", "test", LATER)
        staff.renew_recovery("sato", desk.PASSWORD, totp.code(made.seed, totp.step_at(LATER)), LATER)
        assert refused() == {"id": "1", "links": "2027-12-27"}
        assert refused(NOON + timedelta(days=400, seconds=-1))["links"] == "2027-12-27"
        with pytest.raises(Refused, match="secret_current"):
            secret_rotation.drop("2", "test", LATER)
        with pytest.raises(Refused, match="secret_unknown"):
            secret_rotation.drop("3", "test", LATER)
        secret_rotation.drop("1", "test", NOON + timedelta(days=400))
    assert list(InstallationSecret.objects.values_list("id", flat=True)) == ["2"]
    assert AuditEntry.objects.get(act="secret_dropped").facts == {"id": "1", "needed": False}


def test_a_secret_that_leaked_can_be_dropped_at_once(made):
    from tsuzuki.actions.installation import secret_rotation
    from tsuzuki.records.models import AuditEntry

    with ring(NEW, OLD):
        secret_rotation.reseal("test", NOON)
        secret_rotation.drop("1", "test", NOON, force=True)
    assert AuditEntry.objects.get(act="secret_dropped").facts == {"id": "1", "needed": True}


def test_a_yes_repeated_after_a_rotation_is_the_same_purchase(made):
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer
    from tsuzuki.core.principal import Principal

    def yes(pay=made.voucher):
        return accept(made.quoted, [pay], Buyer(Principal.system("test"), "key"), NOON)

    with ring(OLD):
        first = yes()
    with ring(NEW, OLD):
        assert yes().id == first.id
        with pytest.raises(Refused, match="key_reused"):
            yes(cast.voucher(990))


def test_a_secret_that_came_back_is_current_again_and_one_that_waits_never_was(made):
    from tsuzuki.actions.installation import secret_mark
    from tsuzuki.records.models import InstallationSecret

    def spans() -> dict[str, tuple[object, object]]:
        return {one.id: (one.current_since, one.current_until) for one in InstallationSecret.objects.all()}

    for at, current, expected in (
        (0, (OLD, NEW), {"1": (0, None), "2": (None, None)}),
        (1, (NEW, OLD), {"1": (0, 1), "2": (1, None)}),
        (2, (OLD, NEW), {"1": (2, None), "2": (1, 2)}),
    ):
        with ring(*current):
            secret_mark.keep("test", NOON + timedelta(days=at))
        moments = {None: None, **{day: NOON + timedelta(days=day) for day in range(3)}}
        assert spans() == {id: (moments[since], moments[until]) for id, (since, until) in expected.items()}


def test_another_secret_under_a_known_id_is_seen_and_not_taken_for_it(made):
    from tsuzuki.actions.installation import secret_mark

    with ring(OLD) as _:
        assert (secret_mark.others(), secret_mark.keep("test", NOON)) == ([], False)
    from django.test import override_settings

    with override_settings(KEYRING=Keyring("1", {"1": "another"})):
        assert secret_mark.keep("test", NOON) is False
        assert secret_mark.others() == ["1"]
        assert secret_mark.keep("test", NOON, replace=True) is True
        assert secret_mark.others() == []


def test_a_sealed_column_takes_nothing_plain_and_is_in_no_dump_form_or_log(made):
    from django.core import serializers
    from django.forms import modelform_factory

    from tsuzuki.records.models import WebhookEndpoint

    row = WebhookEndpoint.objects.get()
    with pytest.raises(TypeError):
        WebhookEndpoint.objects.filter(pk=row.pk).update(secret="plain")
    assert json.loads(serializers.serialize("json", [row]))[0]["fields"]["secret"] == ""
    assert "secret" not in modelform_factory(WebhookEndpoint, fields="__all__").base_fields
    assert row.secret.stored not in repr(row.__dict__)
