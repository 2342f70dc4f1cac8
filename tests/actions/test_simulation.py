"""Some stories of the simulation, and that each broken engine is found by one: `make simulate` plays as many
as you like.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulate.director import play
from tests.simulate.operations import PAIRS, overlaps
from tests.simulate.run import finds, fresh, likely_seeds
from tests.simulate.stage import Stage, staged
from tests.simulate.story import Story, first_numbers, shrink
from tests.simulate.variants import SEEN_AT, VARIANTS

SEEDS = range(28)  # each theme twice
# seeds of its theme in which a broken engine is looked for where the known ones do not find it any more
SEARCHED = 40


@pytest.fixture(scope="module")
def stage(template: str) -> Iterator[Stage]:
    with staged(template) as here:
        yield here


@pytest.mark.parametrize("seed", SEEDS)
def test_a_story_holds(stage: Stage, seed: int) -> None:
    played = play(stage, fresh(seed))
    assert not played.found, f"python -m tests.simulate --from {seed}: {played.found}"
    assert played.pairs[overlaps(seed % PAIRS)], "the pair this seed is for did not meet"


def test_a_story_is_played_the_same_way_again(stage: Stage) -> None:
    story = fresh(11)  # with kills
    first = play(stage, story)
    again = play(stage, Story(story.numbers))
    assert (again.digest, again.steps, again.pairs) == (first.digest, first.steps, first.pairs)


@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_a_broken_engine_is_found(stage: Stage, name: str) -> None:
    seeds = (*SEEN_AT[name], *likely_seeds(name, SEARCHED))
    assert next(finds(stage, name, seeds), None) is not None, (
        f"python -m tests.simulate --broken {name} --find"
    )


def test_a_failing_story_is_made_shorter() -> None:
    numbers = [*first_numbers(3, 100), 5, 8, 40, 7, 9, 0, 3]

    def fails(story: object) -> bool:
        return 40 in list(story)[3:]  # type: ignore[call-overload]

    assert shrink(numbers, fails) == [*numbers[:3], 40]
