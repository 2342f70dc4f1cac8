"""python -m tests.simulate [--seeds N] [--from S] [--trace] [--keep-going] [--broken NAME|all] [--find] [--story 3,0,17]

Plays stories and prints how many, in how many steps and distinct interleavings, and every violation with its shrunk story.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence

from .story import THEMES, Story, first_numbers, shrink


def main(arguments: Sequence[str]) -> int:
    given = _options(arguments)
    os.environ["TSUZUKI_SANDBOX"] = "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsuzuki.site.settings")
    from tests.prove import stage as server

    with server.server() as template:
        from .director import play
        from .operations import PAIRS
        from .stage import staged

        with staged(template) as stage:
            began = time.monotonic()
            steps, interleavings, kinds, pairs = 0, set(), Counter(), Counter()
            first: dict[str, int] = {}
            for seed in range(given.first, given.first + given.seeds):
                story = Story([int(n) for n in given.story.split(",")]) if given.story else Story(first_numbers(seed, PAIRS), seed)
                played = play(stage, story, print if given.trace else None)
                steps += played.steps
                interleavings.add(played.digest)
                pairs += played.pairs
                for kind in played.kinds:
                    kinds[kind] += 1
                    first.setdefault(kind, seed)
                if played.found and not given.keep_going:
                    print(f"seed {seed} ({played.theme}): {len(story.numbers)} numbers")
                    for one in played.found:
                        print(f"  VIOLATION {one}")
                    if given.shrink:
                        wanted = played.kinds
                        small = shrink(story.numbers, lambda numbers: bool(play(stage, Story(numbers)).kinds & wanted))
                        print(f"shrunk to {len(small)}: --story {','.join(map(str, small))}")
                        for one in play(stage, Story(small), print).found:
                            print(f"  VIOLATION {one}")
                    break
            print(f"{seed - given.first + 1} seeds, {steps} steps, {len(interleavings)} distinct interleavings, {len(pairs)} pairs, {sum(kinds.values())} violations, {time.monotonic() - began:.1f} s")
            for kind, count in kinds.most_common():
                print(f"  {count:5} {kind} (first: seed {first[kind]}, {THEMES[first[kind] % len(THEMES)].name})")
    return 1 if kinds else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulate")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--trace", action="store_true")
    parser.add_argument("--keep-going", action="store_true")
    parser.add_argument("--shrink", action="store_true")
    parser.add_argument("--story", default="")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
