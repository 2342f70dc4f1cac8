"""What strangers can do in bulk on the pages, from as many addresses as they like; and that the holder still
gets through.
"""

from __future__ import annotations

import pytest

from tests.faces.test_pages import choose, follow, text
from tests.faces.test_pages_hostile import bought


def address(n: int, kind: str = "2001:db8:{:x}::1") -> dict[str, str]:
    """The n-th of a stranger's many networks."""
    return {"REMOTE_ADDR": kind.format(n)}


def find(client, code: str, number: str, **where: str) -> int:
    return client.post("/en/find", {"code": code, "number": number}, **where).status_code


class TestFindingAnOrder:
    @pytest.fixture
    def code(self, client, number) -> str:
        from tsuzuki.records.models import Purchase

        bought(client, number)
        return Purchase.objects.get().code

    def test_codes_of_one_number_are_counted_whoever_tries_them(self, client, code, number):
        from tsuzuki.actions.order.find import WRONG

        said = [find(client, f"R-{n:05}", number, **address(n)) for n in range(WRONG + 30)]
        # Each of another network: one try each, even when there were too many.
        assert said == [422] * (WRONG + 30)
        again = [find(client, f"R-1{n:04}", number, **address(n)) for n in range(WRONG + 30)]
        assert again == [429] * (WRONG + 30)
        # Not even the right one, from who guessed before.
        assert find(client, code, number, **address(3)) == 429

    def test_the_holder_still_finds_it(self, client, code, number):
        from tsuzuki.actions.order.find import WRONG

        for n in range(WRONG + 10):
            find(client, f"R-{n:05}", number, **address(n))
        assert find(client, code, number, REMOTE_ADDR="203.0.113.9") == 302
        assert find(client, code, number, REMOTE_ADDR="203.0.113.9") == 302

    def test_numbers_of_one_code_are_counted_too(self, client, code):
        from tsuzuki.actions.order.find import WRONG

        for n in range(WRONG):
            assert find(client, code, f"0905555{n:04}", **address(n)) == 422
        assert [find(client, code, f"0906666{n:04}", **address(n)) for n in range(WRONG)] == [429] * WRONG

    def test_the_same_slip_again_and_again_is_one(self, client, code, number):
        from tsuzuki.actions.order.find import WRONG

        for n in range(WRONG + 10):
            assert find(client, "R-00000", number, **address(n)) == 422
        assert find(client, "R-00001", number, **address(1)) == 422

    def test_what_is_no_code_counts_for_nobody(self, client, code, number):
        from tsuzuki.actions.order.find import WRONG

        for n in range(WRONG + 10):
            assert find(client, f"{n}?", number, **address(n)) == 422
        assert [find(client, "?", f"0907777{n:04}", **address(1)) for n in range(3)] == [422] * 3

    def test_other_addresses_of_one_48_are_no_others(self, client, code, number):
        from tsuzuki.actions.order.find import TRIES
        from tsuzuki.actions.people.limits import SITE

        said = [find(client, "", number, **address(n, "2001:db8:1:{:x}::1")) for n in range(TRIES * SITE + 5)]
        assert said == [422] * TRIES * SITE + [429] * 5


def test_numbers_tried_from_one_48_are_stopped(client):
    from tsuzuki.actions.people.limits import SITE
    from tsuzuki.web.home import TRIES

    said = [
        client.post("/en/", {"number": "x"}, **address(n, "2001:db8:1:{:x}::1")).status_code
        for n in range(TRIES * SITE + 5)
    ]
    assert said == [422] * TRIES * SITE + [429] * 5


class TestUnpaid:
    """Cash orders for one known number: somebody in the shop has each of them on a list."""

    def order(self, client, typed: str, n: int, **fields: str):
        from tsuzuki.records.models import Limit

        Limit.objects.all().delete()  # the stranger has as many addresses as it takes
        return client.post(choose(client, typed, **fields), {})

    def test_who_only_knows_the_number_leaves_a_few(self, client, line, number):
        from tsuzuki.actions.order.unpaid import BY_NUMBER
        from tsuzuki.records.models import Order, Purchase

        for n in range(BY_NUMBER):
            assert self.order(client, number, n).status_code == 302
        refused = self.order(client, number, 99)
        assert refused.status_code == 422
        assert f"already waiting to be paid this way: {BY_NUMBER}" in text(refused)
        assert Order.objects.count() == BY_NUMBER
        client.post(f"/en/p/{Purchase.objects.first().token}", {"cancel": "1"})
        assert self.order(client, number, 99).status_code == 302

    def test_the_holder_has_other_ways(self, client, line, number, iccid):
        from django.utils import timezone

        from tests import cast
        from tsuzuki.actions.order.unpaid import BY_HOLDER, BY_NUMBER

        for n in range(BY_NUMBER):
            self.order(client, number, n)
        code = cast.voucher(990, timezone.now()).secret
        assert client.post(choose(client, number, method="voucher"), {"voucher": code}).status_code == 302
        assert self.order(client, iccid, 1).status_code == 302  # the SIM in hand
        ours = f"/en/r/{cast.link(line)}"  # a link of ours
        for _ in range(BY_HOLDER - BY_NUMBER - 1):
            final = follow(client.post(ours, {"plan": "data-3gb", "method": "byhand"}))
            assert client.post(final, {}).status_code == 302
        assert self.order(client, iccid, 1).status_code == 422

    def test_other_lines_are_not_meant(self, client, line, number):
        from django.utils import timezone

        from tests import cast
        from tsuzuki.records import queries

        other = cast.line(now=timezone.now())
        for n in range(6):
            self.order(client, number, n)
        assert (
            self.order(client, "0" + queries.numbers_of([other])[other].removeprefix("+81"), 1).status_code
            == 302
        )

    @pytest.mark.parametrize("last", ["new", "another way"])
    def test_two_at_the_same_moment_are_counted_one_after_the_other(self, client, line, number, last):
        """Both come as far as they get while somebody else holds the line: only one was left."""
        from concurrent.futures import ThreadPoolExecutor

        from django.db import transaction
        from django.test import Client
        from django.utils import timezone

        from tests.actions.test_lock_order import beside, waiting_for_a_lock
        from tsuzuki.actions.order.accept import accept
        from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
        from tsuzuki.actions.order.quote import LineRequest, quote
        from tsuzuki.actions.order.unpaid import BY_NUMBER
        from tsuzuki.core.principal import Principal
        from tsuzuki.records.models import Limit, Line, Purchase, Tender

        for n in range(BY_NUMBER - 1 - (last != "new")):
            assert self.order(client, number, n).status_code == 302
        finals = [choose(client, number)]
        if last == "new":
            finals.append(choose(client, number))
            fields = [{}, {}]
        else:
            now = timezone.now()
            other = accept(
                quote([LineRequest(line, "data-3gb")], now).id,
                [PaymentChoice("byhand")],
                Buyer(Principal.visitor(), "other"),
                now,
            )
            finals, fields = [*finals, f"/en/p/{other.token}"], [{}, {"method": "byhand"}]
        Limit.objects.all().delete()
        said: list[int] = []

        def press(one: int) -> None:
            said.append(Client(SERVER_NAME="localhost").post(finals[one], fields[one]).status_code)

        with ThreadPoolExecutor(2) as pool:
            with transaction.atomic():
                Line.objects.select_for_update().get(id=line)
                works = [pool.submit(beside, lambda: press(0))]
                while waiting_for_a_lock() < 1:
                    assert not works[0].done(), said
                works.append(pool.submit(beside, lambda: press(1)))
                while waiting_for_a_lock() < 2 and not works[1].done():
                    pass
            for work in works:
                work.result()
        waiting = Purchase.objects.filter(
            waiting=True, tenders__in=Tender.objects.filter(method="cash")
        ).distinct()
        assert (sorted(said), waiting.count()) == ([302, 422], BY_NUMBER)

    def test_another_way_to_pay_is_no_way_round(self, client, line, number, monkeypatch):
        """Ordered one way, changed to the one that is full."""
        from django.utils import timezone

        from tests import cast
        from tsuzuki.actions.order import unpaid
        from tsuzuki.actions.order.acceptance import PaymentChoice

        monkeypatch.setattr(unpaid, "BY_NUMBER", 0)
        purchase = cast.buy(line, "data-3gb", PaymentChoice("byhand"), now=timezone.now())
        said = client.post(f"/en/p/{purchase.token}", {"method": "byhand"})
        assert said.status_code == 422
        assert "already waiting to be paid this way" in text(said)

    def test_one_address_orders_only_so_often(self, client, line, number, monkeypatch):
        from tsuzuki.web import confirm

        monkeypatch.setattr(confirm, "ORDERS", 2)
        final = [choose(client, number) for _ in range(3)]
        assert [client.post(one, {}).status_code for one in final] == [302, 302, 422]


class TestLetters:
    def test_a_mailbox_is_one_under_all_of_its_names(self, client, number):
        from tsuzuki.records.models import Limit
        from tsuzuki.web.confirm import LETTERS

        def order(n: int):
            Limit.objects.exclude(name="letters to").delete()
            return client.post(
                choose(client, number, method="voucher"), {"email": f"Victim+{n}@Example.com", "voucher": "1"}
            )

        said = [text(order(n)) for n in range(LETTERS + 1)]
        assert ["Too many tries" in one for one in said] == [False] * LETTERS + [True]

    @pytest.mark.parametrize(
        "typed",
        ["docomo..user.@docomo.ne.jp", '"docomo..user."@docomo.ne.jp', "ｄｏｃｏｍｏ..user.@docomo.ne.jp"],
    )
    def test_old_mailboxes_of_carriers_get_their_receipt(self, client, number, typed):
        from tsuzuki.records.models import Purchase

        follow(client.post(choose(client, number), {"email": typed}))
        assert Purchase.objects.get().email == "docomo..user.@docomo.ne.jp"

    def test_a_domain_of_any_script_is_kept_as_mail_servers_know_it(self, client, number):
        from tsuzuki.records.models import Purchase

        follow(client.post(choose(client, number), {"email": "a@faß.de"}))
        assert Purchase.objects.get().email == "a@xn--fa-hia.de"

    @pytest.mark.parametrize(
        "typed",
        ['"a@b"@example.com', "user@[127.0.0.1]", "a@localhost", "a..b@b.co", f"{'a' * 65}@example.com"],
    )
    def test_what_no_letter_can_go_to_is_refused_before_paying(self, client, number, typed):
        from tsuzuki.records.models import Purchase

        said = client.post(choose(client, number), {"email": typed})
        assert (said.status_code, 'id="email-wrong"' in text(said)) == (422, True)
        assert not Purchase.objects.exists()
