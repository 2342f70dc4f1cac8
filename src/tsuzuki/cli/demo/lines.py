"""The demo operator's 1,000 lines and what happened to each: the same at every call, in every state a line
can be in.

Nobody is to be rung up by a demo. Japan keeps no telephone numbers for fiction, and 070 to 090 are given out
to the last block; 060 was opened for mobiles in July 2026 and is being filled. These lines have the end of
it, 060-9999-0001 to 060-9999-1000: valid by the numbering plan, the last to be anyone's. SIM numbers name an
issuer that Japan does not have (8981 99), addresses are at domains for examples.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from tsuzuki.actions.lines.line_records import NewLine

CARRIERS = ("docomo-line", "softbank-line", "au-line")
LANGUAGES = ("ja",) * 4 + ("zh-Hans",) * 3 + ("en",) * 3
DOMAINS = ("example.com", "example.net", "example.org")
AGAIN = 34  # days after which a plan of at most a month is over: one bought then does not queue behind it


class Story(StrEnum):
    ACTIVE = "active"
    ENDING = "ending"  # the plan ends within 3 days
    NEARLY_USED = "nearly_used"
    USED_UP = "used_up"
    ENDED = "ended"
    NEVER = "never"  # never had a plan
    QUEUED = "queued"  # the next plan is paid and waits
    CREDIT = "credit"
    ADDON = "addon"
    UNLIMITED = "unlimited"  # an unlimited day runs beside the plan
    SUSPENDED = "suspended"
    CLOSED = "closed"


COUNTS = {
    Story.ACTIVE: 330,
    Story.ENDING: 120,
    Story.NEARLY_USED: 80,
    Story.USED_UP: 60,
    Story.ENDED: 120,
    Story.NEVER: 50,
    Story.QUEUED: 60,
    Story.CREDIT: 60,
    Story.ADDON: 40,
    Story.UNLIMITED: 30,
    Story.SUSPENDED: 30,
    Story.CLOSED: 20,
}


@dataclass(frozen=True, slots=True)
class Bought:
    plan: str
    days_ago: int
    method: str = "voucher"  # or credit


@dataclass(frozen=True, slots=True)
class DemoLine:
    """`used`: percent of the limited data running now that is to be reported as used.

    `history` is in order of time.
    """

    line: NewLine
    history: tuple[Bought, ...]
    used: int = 0
    suspended: bool = False
    closed: bool = False
    story: Story = Story.ACTIVE


def rows(seed: int = 1) -> list[DemoLine]:
    """Neighbouring numbers have different stories, whatever carrier, SIM and language they fall on."""
    dice = Random(seed)  # noqa: S311  (a story, not a secret)
    stories = [story for story, count in COUNTS.items() for _ in range(count)]
    dice.shuffle(stories)
    return [_line(place, story, dice) for place, story in enumerate(stories, start=1)]


def _line(place: int, story: Story, dice: Random) -> DemoLine:
    esim = dice.random() < 0.55
    body = f"898199{dice.randrange(10**6):06d}{place:06d}"  # `place` keeps them apart
    line = NewLine(
        carrier=CARRIERS[place % 3],
        msisdn=f"+81609999{place:04d}",
        iccid=body + luhn.calc_check_digit(body),
        sim="esim" if esim else "physical",
        technology="5g" if dice.random() < 0.4 else "4g",
        eid=_eid(dice.randrange(10**12), place) if esim else "",
        language=dice.choice(LANGUAGES),
        email=f"holder-{place:04d}@{dice.choice(DOMAINS)}",
    )
    history, used = _story(story, line.technology, dice)
    bought = tuple(sorted(history, key=lambda bought: -bought.days_ago))
    return DemoLine(line, bought, used, story is Story.SUSPENDED, story is Story.CLOSED, story)


def _eid(random: int, place: int) -> str:
    body = f"8908199900{random:012d}{place:08d}"
    return body + str(mod_97_10.calc_check_digits(body))


def _story(story: Story, technology: str, dice: Random) -> tuple[list[Bought], int]:
    """What was bought when, and how much of it is used.

    Days are chosen so that the story holds at any hour of any month.
    """
    month = dice.choice(
        ("data-3gb", "data-3gb", "data-20gb-5g")
        if technology == "5g"
        else ("data-3gb", "data-3gb", "monthly-5gb")
    )
    days = dice.choice((2, 4, 6, 9, 12, 16, 20))  # of a plan that has at least 28
    match story:
        case Story.ACTIVE:
            return list(_active(month, days, dice)), dice.randrange(5, 75, 5)
        case Story.ENDING:
            plan, ago = dice.choice(
                (("data-3gb", 28), ("data-3gb", 29), ("visitor-1gb", 4), ("visitor-1gb", 5))
            )
            return [Bought(plan, ago)], dice.randrange(30, 85, 5)
        case Story.NEARLY_USED:
            return [Bought(month, days)], dice.randrange(91, 99)
        case Story.USED_UP:
            return [Bought(month, days)], 100
        case Story.ENDED:
            plan = dice.choice(("data-3gb", "month-10gb", "visitor-1gb", "bundle-10gb"))
            return [Bought(plan, dice.choice((35, 42, 56, 70)))], 0
        case Story.NEVER:
            return [], 0
        case Story.QUEUED:
            return [
                Bought("data-3gb", days),
                Bought(dice.choice(("data-3gb", "monthly-5gb")), 1),
            ], dice.randrange(50, 95, 5)
        case Story.CREDIT:
            history = list(_credit(days, dice))
            return history, dice.randrange(5, 50, 5) if len(history) > 1 else 0
        case Story.ADDON:
            return [Bought(month, days), Bought(dice.choice(("addon-1gb", "voice-60")), 1)], dice.randrange(
                40, 90, 5
            )
        case Story.UNLIMITED:
            return [Bought(month, days), Bought("day-unlimited", 0)], 0
        case Story.SUSPENDED | Story.CLOSED:
            return [Bought("data-3gb", dice.choice((70, 90)))], 0


def _active(month: str, days: int, dice: Random) -> Iterator[Bought]:
    """Most were renewed before; some travel to China with it."""
    chance = dice.random()
    if chance < 0.75:
        yield Bought(dice.choice(("data-3gb", "month-10gb", "visitor-1gb")), days + AGAIN)
    yield Bought(dice.choice((month, month, month, "bundle-10gb")), days)
    if chance > 0.95:
        yield Bought("china-3gb", 1)


def _credit(days: int, dice: Random) -> Iterator[Bought]:
    """Credit that was never spent, that paid the running plan, or that stands beside nothing."""
    amount = dice.choice(("credit-1000", "credit-3000", "credit-5000"))
    yield Bought(amount, days + AGAIN)
    way = dice.randrange(3)
    if way:
        yield Bought("data-3gb", days, "credit" if way == 1 else "voucher")
