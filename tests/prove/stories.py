"""Fresh stories of the simulation, on all cores: whose turn it is at each statement, and everything that can
happen between.
"""

import os
from collections.abc import Callable
from urllib.parse import urlsplit

from .result import Part, Result

FIRST = 100_000  # beyond those that every test run plays
# seeds in which each pair of operations must have met: each is aimed at by one seed in so many as there are
# pairs
ENOUGH = 3000


def run(seeds: int, say: Callable[[str], None] = lambda text: None) -> Result:
    """Each process copies the database in use, which nobody else may be using then."""
    from tests.simulate.operations import PAIRS, every_pair
    from tests.simulate.run import run_on_all_cores

    template = urlsplit(os.environ["DATABASE_URL"]).path.lstrip("/")
    tally = run_on_all_cores(template, range(FIRST, FIRST + seeds), say)
    figures = {
        "seeds": tally.seeds,
        "steps": tally.steps,
        "distinct interleavings": len(tally.interleavings),
        "pairs of operations overlapped": f"{len(tally.pairs)} of {PAIRS}",
    }
    wrong = [
        f"seed {seed} ({theme}): {one}"
        for seed, (theme, found) in sorted(tally.failed.items())
        for one in found
    ]
    if seeds >= ENOUGH:
        wrong += [
            f"{second} never began during {first}"
            for first, second in every_pair()
            if (first, second) not in tally.pairs
        ]
    return Result("stories", [Part(f"seeds {FIRST} to {FIRST + seeds - 1}", figures, wrong)], tally.seconds)
