"""Samples of the long proofs: the same code, smaller numbers. `make prove` runs them in full."""

from tests.prove import behaviours, kills, races


def test_races(database: str) -> None:
    assert races.run(vouchers=3, rounds=3).violations == []


def test_a_sample_of_random_behaviours(database: str) -> None:
    result = behaviours.run(orders=300, seed=20261122)
    assert result.violations == []
    assert result.total("delivered") > 100
    assert result.total("refunded") > 5


def test_a_sample_of_kills(database: str) -> None:
    result = kills.run(kills=40, seed=1, patience=15)
    assert result.violations == []
    assert result.total("orders") > 5
