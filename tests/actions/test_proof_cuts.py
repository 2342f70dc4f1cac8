"""A sample of the cuts; `make prove` does them all."""

from tests.prove import cuts


def test_a_sample_of_the_cuts(database: str) -> None:
    result = cuts.run(every=120)
    assert result.violations == []
    assert result.total("cuts") > 100
