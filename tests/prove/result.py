"""What a proof found: counts to print, and every violation."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Figures = Mapping[str, int | float | str]


@dataclass
class Part:
    """One row of the report: a scenario, a race, a batch.

    `figures` are counts; `violations` is what must be empty.
    """

    name: str
    figures: Figures
    violations: list[str] = field(default_factory=list)


@dataclass
class Result:
    """`sums`: adding its figures up means something. `notes`: what else the reader should know of the run."""

    name: str
    parts: list[Part] = field(default_factory=list)
    seconds: float = 0.0
    sums: bool = True
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def violations(self) -> list[str]:
        return [f"{part.name}: {one}" for part in self.parts for one in part.violations]

    def total(self, figure: str) -> int:
        return sum(int(part.figures.get(figure, 0)) for part in self.parts)
