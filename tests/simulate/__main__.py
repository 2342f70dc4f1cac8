"""python -m tests.simulate [--seeds N] [--from S] [--keep-going] [--trace] [--story 3,0,17] [--broken
NAME|all [--find]]

Plays stories on an embedded PostgreSQL of its own (or the server DATABASE_URL names) and prints seeds, steps,
distinct interleavings and violations. Stops at the first violation and shrinks its story; with --keep-going
all seeds are played, on all cores.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from itertools import islice

from .story import THEMES, Story, shrink

SEARCHED, KEPT = 60, 3  # seeds tried for a broken engine, and those written down in variants.py
SHOWN = 10  # pairs of operations


def main(arguments: Sequence[str]) -> int:
    given = _options(arguments)
    os.environ["TSUZUKI_SANDBOX"] = "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsuzuki.site.settings")
    from tests.prove import stage as server

    with server.server() as template:
        from .run import run_on_all_cores

        if given.keep_going:
            tally = run_on_all_cores(
                template,
                range(given.first, given.first + given.seeds),
                print if given.trace else lambda text: None,
            )
            return _told(tally)
        from .stage import staged

        with staged(template) as stage:
            if given.broken:
                return _broken(stage, given)
            if given.story or given.trace:
                return _one(stage, given)
            return _until_one_fails(stage, given)


def _until_one_fails(stage, given) -> int:
    from .run import fresh, run

    tally = run(stage, range(given.first, given.first + given.seeds), until=lambda played: bool(played.found))
    for seed in tally.failed:
        _shrunk(stage, fresh(seed), given.tries)
    return _told(tally)


def _one(stage, given) -> int:
    """One story told step by step: a list of numbers, or each seed asked for."""
    from .director import play
    from .run import fresh

    stories = (
        [Story([int(number) for number in given.story.split(",")])]
        if given.story
        else [fresh(seed) for seed in range(given.first, given.first + given.seeds)]
    )
    found = [one for story in stories for one in play(stage, story, print).found]
    for one in found:
        print(f"VIOLATION {one}")
    return 1 if found else 0


def _shrunk(stage, story: Story, tries: int) -> None:
    from .director import play

    wanted = play(stage, story).kinds
    small = shrink(story.numbers, lambda numbers: bool(play(stage, Story(numbers)).kinds & wanted), tries)
    print(f"{len(story.numbers)} numbers, shrunk to {len(small)}:")
    play(stage, Story(small), print)
    print(f"again: python -m tests.simulate --story {','.join(map(str, small))}")


def _broken(stage, given) -> int:
    """Each broken engine is found: at a seed it is known by, or (--find) at the first three that do."""
    from .run import finds, likely_seeds
    from .variants import SEEN_AT, VARIANTS

    missed = 0
    for name in VARIANTS if given.broken == "all" else given.broken.split(","):
        seen = list(
            islice(
                finds(stage, name, likely_seeds(name, SEARCHED) if given.find else SEEN_AT.get(name, ())),
                KEPT,
            )
        )
        missed += not seen
        print(f'    "{name}": {tuple(seen)},' if seen else f"{name}: NOT FOUND", flush=True)
    return 1 if missed else 0


def _told(tally) -> int:
    from .operations import PAIRS, every_pair

    for seed, (theme, found) in sorted(tally.failed.items())[:20]:
        print(f"seed {seed} ({theme}):")
        for one in found[:6]:
            print(f"  VIOLATION {one}")
    print(
        f"{tally.seeds} seeds, {tally.steps} steps, {len(tally.interleavings)} distinct interleavings, "
        f"{len(tally.pairs)} of {PAIRS} pairs of operations overlapped, {len(tally.failed)} seeds "
        "with violations, "
        f"{tally.seconds:.0f} s"
    )
    missing = [
        f"{second} during {first}" for first, second in every_pair() if (first, second) not in tally.pairs
    ]
    if missing and tally.seeds >= PAIRS:  # each is aimed at by one seed in so many
        print(f"  never met: {', '.join(missing[:SHOWN])}{' ...' if len(missing) > SHOWN else ''}")
    for kind, count in tally.kinds.most_common():
        print(
            f"  {count:5} {kind} (first: seed {tally.first[kind]}, "
            f"{THEMES[tally.first[kind] % len(THEMES)].name})"
        )
    return 1 if tally.failed else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulate")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--keep-going", action="store_true", help="play all seeds, on all cores")
    parser.add_argument("--trace", action="store_true", help="print every step")
    parser.add_argument("--story", default="", help="numbers, separated by commas")
    parser.add_argument("--broken", default="", help="names in tests/simulate/variants.py, or «all»")
    parser.add_argument(
        "--find", action="store_true", help="with --broken: look for the first seeds that find it"
    )
    parser.add_argument("--tries", type=int, default=300, help="how many stories shrinking may play")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
