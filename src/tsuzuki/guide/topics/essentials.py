"""What every brand must answer: whom to call and in which language, whether a foreign card works, how each
job is done. What is not known is an answer, «unknown», and is shown as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..load.claims import UNKNOWN, Brand, Claim, Steps
from ..load.vocabulary import vocabulary

# The order kinds of the design.
JOBS = ("plan", "addon", "credit", "bill", "keep_number", "new_esim", "new_sim", "swap_sim")
LINES = (
    "lang.phone",
    "support.phone_ja",
    "support.roaming_hotline",
    "support.phone_from_other_phones",
    "support.abroad_phone",
    "support.phone_from_abroad",
    "support.billing_from_abroad",
    "late.contact_when_suspended",
    "lost.hotline",
)
LANGUAGES = (
    "lang.phone",
    "lang.service_and_support",
    "lang.support",
    "lang.support_pages",
    "lang.help",
    "lang.web",
    "lang.shop",
    "support.phone_ja",
)
HOURS = (
    "support.phone_hours",
    "late.contact_when_suspended",
    "support.phone_ja",
    "lang.phone",
    "lost.hotline",
    "support.chat_documents",
)
CHANNELS = ("support.channels", "support.email", "support.chat_documents")


@dataclass(frozen=True, slots=True)
class Essentials:
    """Empty means unknown, everywhere."""

    help_lines: tuple[Claim, ...]
    help_languages: tuple[Claim, ...]
    help_hours: tuple[Claim, ...]
    help_channels: tuple[Claim, ...]
    foreign_card: tuple[Claim, ...]
    steps: Mapping[str, tuple[Steps, ...]]  # by order kind, each of JOBS present


def essentials(brand: Brand) -> Essentials:
    jobs = vocabulary().jobs
    return Essentials(
        help_lines=_known(brand, LINES),
        help_languages=_known(brand, LANGUAGES),
        help_hours=_known(brand, HOURS),
        help_channels=_known(brand, CHANNELS),
        foreign_card=_known(brand, ("pay.foreign_issued_card",)),
        steps={
            kind: tuple(steps for steps in brand.steps if steps.do and jobs[steps.job].purpose == kind)
            for kind in JOBS
        },
    )


def gaps(brand: Brand) -> list[str]:
    """What we do not know of a brand: help_line, help_languages, help_hours, foreign_card and steps.KIND."""
    known = essentials(brand)
    named = {
        "help_line": known.help_lines or known.help_channels,
        "help_languages": known.help_languages,
        "help_hours": known.help_hours,
        "foreign_card": known.foreign_card,
    }
    return [name for name, claims in named.items() if not claims] + [
        f"steps.{kind}" for kind in JOBS if not known.steps[kind]
    ]


def _known(brand: Brand, keys: tuple[str, ...]) -> tuple[Claim, ...]:
    return tuple(claim for key in keys for claim in brand.about(key) if claim.value is not UNKNOWN)
