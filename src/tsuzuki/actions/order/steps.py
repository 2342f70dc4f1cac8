"""The table of steps: all for which a provider is asked. A step is a file and a line here."""

from typing import Any

from tsuzuki.actions.engine.step import ProviderStep

from . import apply, collect, refund

# Taken up in this order where several are due.
STEPS: dict[str, ProviderStep[Any]] = {step.name: step for step in (collect.STEP, apply.STEP, refund.STEP)}
