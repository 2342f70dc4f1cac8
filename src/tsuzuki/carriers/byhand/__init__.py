"""Any carrier in the world, by a work list: staff act in the upstream's own portal and press done or refused,
with its reference.

Nothing leaves this process, so a repeat is harmless and there is nothing to look up: the answer comes from
the list.
"""

from collections.abc import Mapping

from tsuzuki.plugins import ReachSettings, number

from ..port import (
    CarrierAdapter,
    CarrierAnswer,
    CarrierCapabilities,
    CarrierPlugin,
    CarrierRequest,
    CarrierStatus,
)


class ByHand:
    def __init__(self, at_once: int) -> None:
        self._at_once = at_once

    def describe(self) -> CarrierCapabilities:
        return CarrierCapabilities(
            timeout=1.0, lease=5.0, honours_keys=True, looks_up=False, at_once=self._at_once, by_staff=True
        )

    def act(self, ask: CarrierRequest) -> CarrierAnswer:
        return CarrierAnswer(CarrierStatus.WAITING)

    def look_up(self, key: str) -> CarrierAnswer:
        return CarrierAnswer(CarrierStatus.CANNOT_TELL, reason="by_staff")


def build(environ: Mapping[str, str], settings: Mapping[str, object]) -> CarrierAdapter:
    return ByHand(int(number(settings, "at_once", 1000)))


PROVIDER = CarrierPlugin(build, settings=("at_once",), reaches=ReachSettings())
