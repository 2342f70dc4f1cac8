"""Any carrier in the world, by a work list: staff act in the upstream's own portal and press done or refused,
with its reference.

Nothing leaves this process, so a repeat is harmless and there is nothing to look up: the answer comes from
the list.
"""

from collections.abc import Mapping

from tsuzuki.plugins import Reaches, number

from ..port import Abilities, Answer, Ask, Carrier, Provider, Standing


class ByHand:
    def __init__(self, at_once: int) -> None:
        self._at_once = at_once

    def describe(self) -> Abilities:
        return Abilities(
            timeout=1.0, lease=5.0, honours_keys=True, looks_up=False, at_once=self._at_once, by_staff=True
        )

    def act(self, ask: Ask) -> Answer:
        return Answer(Standing.WAITING)

    def look_up(self, key: str) -> Answer:
        return Answer(Standing.CANNOT_TELL, reason="by_staff")


def build(environ: Mapping[str, str], settings: Mapping[str, object]) -> Carrier:
    return ByHand(int(number(settings, "at_once", 1000)))


PROVIDER = Provider(build, settings=("at_once",), reaches=Reaches())
