"""Many yeses in one transaction, and two at once: one that is refused holds up no other."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests import cast
from tests.cast import NOON
from tsuzuki.core.principal import Principal


def yeses(plans: list[str], pays=None, keys: list[str] | None = None):
    from tsuzuki.actions.order.acceptance import Acceptance, Buyer, PaymentChoice
    from tsuzuki.actions.order.quote import LineRequest, quote

    lines = cast.lines(len(plans))
    return [
        Acceptance(quote([LineRequest(line, plan)], NOON).id, [pay], Buyer(Principal.system("test"), key))
        for line, plan, pay, key in zip(
            lines,
            plans,
            pays or [PaymentChoice("sandbox")] * len(plans),
            keys or map(str, lines),
            strict=True,
        )
    ]


def codes(results) -> list[str]:
    from tsuzuki.core.errors import Refused

    return [result.code.value if isinstance(result, Refused) else "purchase" for result in results]


def test_a_refused_one_holds_up_no_other(shop):
    from tsuzuki.actions.order.accept import accept_many
    from tsuzuki.actions.order.acceptance import PaymentChoice

    shop.pays()
    pays = [
        PaymentChoice("sandbox"),
        PaymentChoice("cheque"),
        PaymentChoice("credit"),
        cast.voucher(990),
        PaymentChoice("voucher", secret="12"),
        PaymentChoice("byhand"),
    ]
    results = accept_many(yeses(["data-3gb"] * 6, pays), NOON)
    assert codes(results) == [
        "purchase",
        "method_unknown",
        "credit_short",
        "purchase",
        "voucher_malformed",
        "purchase",
    ]
    cast.go()
    assert [cast.states(result) for result in (results[0], results[3], results[5])] == [
        ["delivered"],
        ["delivered"],
        ["awaiting_payment"],
    ]


def test_the_same_voucher_in_two_yeses_is_spent_by_the_first(shop):
    from tsuzuki.actions.order.accept import accept_many

    slip = cast.voucher(990)
    assert codes(accept_many(yeses(["data-3gb"] * 3, [slip, slip, cast.voucher(990)]), NOON)) == [
        "purchase",
        "voucher_used",
        "purchase",
    ]


def test_the_same_quote_in_two_yeses_is_used_by_the_first(shop):
    from dataclasses import replace

    from tsuzuki.actions.order.accept import accept_many
    from tsuzuki.actions.order.acceptance import Buyer

    (one,) = yeses(["data-3gb"])
    assert codes(
        accept_many([one, replace(one, buyer=Buyer(Principal.system("test"), "another"))], NOON)
    ) == ["purchase", "quote_used"]


def test_the_same_yes_twice_is_the_same_purchase(shop):
    from tsuzuki.actions.order.accept import accept_many

    (one,) = yeses(["data-3gb"])
    first, second = accept_many([one, one], NOON)
    assert codes([first, second]) == ["purchase", "purchase"]
    assert first.id == second.id


def test_the_same_key_for_two_wishes_is_refused(shop):
    from tsuzuki.actions.order.accept import accept_many

    assert codes(accept_many(yeses(["data-3gb"] * 2, keys=["same", "same"]), NOON)) == [
        "purchase",
        "key_reused",
    ]


def test_one_lines_credit_is_spent_once_by_two_yeses(shop):
    from tsuzuki.actions.order.accept import accept_many
    from tsuzuki.actions.order.acceptance import Acceptance, Buyer, PaymentChoice
    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.records import queries

    line = cast.line()
    cast.give_credit(line, 1500)
    both = [
        Acceptance(
            quote([LineRequest(line, "data-3gb")], NOON).id,
            [PaymentChoice("credit")],
            Buyer(Principal.system("test"), key),
        )
        for key in "ab"
    ]
    assert codes(accept_many(both, NOON)) == ["purchase", "credit_short"]
    assert queries.credit_of(line, "JPY", NOON).minor == 510


def test_nothing_is_nothing(shop):
    from tsuzuki.actions.order.accept import accept_many

    assert accept_many([], NOON) == []


@pytest.mark.parametrize("same", ["quote", "key", "voucher", "credit"])
def test_eight_at_once(shop, same):
    """A double click, a shared voucher, a balance: one of eight has it, the others get an answer and no
    crash.
    """
    from django.db import connections

    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.core.errors import Refused
    from tsuzuki.records.models import Purchase

    line, slip = cast.line(), cast.voucher(990)
    cast.give_credit(line, 990)
    before = Purchase.objects.count()
    quotes = [quote([LineRequest(line, "data-3gb")], NOON).id for _ in range(8)]
    pay = {"voucher": slip, "credit": PaymentChoice("credit")}.get(same, PaymentChoice("sandbox"))
    together = Barrier(8)

    def one(place: int) -> str:
        together.wait(timeout=20)
        wanted, key = (
            quotes[0 if same == "quote" else place],
            "k" if same in ("quote", "key") else f"k{place}",
        )
        try:
            return str(accept(wanted, [pay], Buyer(Principal.system("test"), key), NOON).id)
        except Refused as refusal:
            return refusal.code.value
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        said = sorted(pool.map(one, range(8)))
    assert Purchase.objects.count() == before + 1
    winner = str(
        Purchase.objects.order_by("-id")
        .filter(buyer_id="test")
        .exclude(quote__content__items__0__kind="credit")
        .get()
        .id
    )
    others = {"quote": winner, "key": "key_reused", "voucher": "voucher_used", "credit": "credit_short"}[same]
    assert sorted([winner, *[others] * 7]) == said
