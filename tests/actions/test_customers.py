"""Customers: anybody may say that a number is theirs, and one alone has shown it, whoever comes at the same
moment.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.actions.test_lock_order import beside, waiting_for_a_lock
from tests.cast import NOON
from tsuzuki.core.errors import Refused

NUMBER = "+819012345678"
LATER = NOON + timedelta(days=1)


@pytest.fixture
def customers(database):
    from tsuzuki.actions.people import customers

    return customers


def verified() -> list[tuple[object, str]]:
    from tsuzuki.records.models import Customer

    return list(Customer.objects.exclude(phone_verified_at=None).order_by("id").values_list("id", "phone"))


def test_a_number_that_is_only_said_keeps_nobody_out(customers):
    said = [customers.make("web", NOON, "090-1234-5678", " Mei@example.com ") for _ in range(2)]
    assert {(one.phone, one.email) for one in said} == {(NUMBER, "Mei@example.com")}
    mei = customers.make("web", NOON)
    customers.verify_phone(mei.id, "０９０ 1234 5678", "web", NOON)
    assert verified() == [(mei.id, NUMBER)]


def test_what_one_has_shown_is_no_other_ones_until_it_is_released(customers):
    mei, sato = (customers.make("web", NOON, NUMBER) for _ in range(2))
    customers.verify_phone(mei.id, NUMBER, "web", NOON)
    customers.verify_phone(mei.id, NUMBER, "web", LATER)  # once more
    with pytest.raises(Refused, match="phone_taken"):
        customers.verify_phone(sato.id, NUMBER, "web", LATER)
    assert verified() == [(mei.id, NUMBER)]
    customers.release_phone(mei.id, "staff kim", LATER)
    customers.verify_phone(sato.id, NUMBER, "web", LATER)
    assert verified() == [(sato.id, NUMBER)]


@pytest.mark.parametrize("ends", ["commit", "rollback"])
def test_two_who_show_the_same_number_at_the_same_moment(customers, ends):
    """The second comes while the first is not committed, and waits for it.

    Seen to fail without the constraint `customer_phone_verified_once`: both have it.
    """
    from django.db import transaction

    first, second = (customers.make("web", NOON) for _ in range(2))
    refusals: list[str] = []

    def too_late() -> None:
        try:
            customers.verify_phone(second.id, NUMBER, "web", NOON)
        except Refused as refused:
            refusals.append(refused.code.value)

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            customers.verify_phone(first.id, NUMBER, "web", NOON)
            other = pool.submit(beside, too_late)
            while not waiting_for_a_lock():
                assert not other.done(), other.result()
            transaction.set_rollback(ends == "rollback")
        other.result()
    won, lost = (first, ["phone_taken"]) if ends == "commit" else (second, [])
    assert (verified(), refusals) == ([(won.id, NUMBER)], lost)


@pytest.mark.parametrize("typed", ["", "12345", "+81901234567890123456", "hello", "\0"])
def test_what_is_no_number_changes_nothing(customers, typed):
    mei = customers.make("web", NOON, NUMBER)
    with pytest.raises(Refused, match="number_malformed"):
        customers.verify_phone(mei.id, typed, "web", NOON)
    assert verified() == []


def test_whom_nobody_knows(customers):
    from tsuzuki.actions.write.ids import mint_anywhere

    for act in (
        lambda id: customers.verify_phone(id, NUMBER, "web", NOON),
        lambda id: customers.release_phone(id, "web", NOON),
    ):
        with pytest.raises(Refused, match="customer_unknown"):
            act(mint_anywhere(NOON))


@pytest.mark.parametrize("fields", [{"phone": "09012345678"}, {"phone_verified_at": NOON}], ids=str)
def test_the_table_itself_refuses_what_is_no_verified_number(customers, fields):
    from django.db import IntegrityError, transaction

    from tsuzuki.records.models import Customer

    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.create(**fields)


def test_rows_that_a_library_makes_have_ids_of_ours(database):
    """Ordered by time, as all others are."""
    from django.utils import timezone

    from tsuzuki.core import ids
    from tsuzuki.records.models import Customer, User

    least, staff = ids.least(timezone.now()), User(username="made by a library")
    staff.save()
    made = [staff.id, Customer.objects.create().id, Customer.objects.create().id]
    assert (
        len({*made}),
        all(least <= id < ids.least(timezone.now() + timedelta(seconds=1)) for id in made),
    ) == (3, True)
