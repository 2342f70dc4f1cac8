"""How providers are found: in our own table, or by an entry point of another package.

Imported on first use.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.lease import UnsafeLease

Built = TypeVar("Built", covariant=True)
Environ = Mapping[str, str]
Settings = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ReachSettings:
    """Which settings of a provider decide whom it speaks to, as whom and with what.

    They are the owner's alone.
    """

    settings: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()  # those that name a variable of the environment ...
    prefix: str = ""  # ... which must begin so: a row names the secrets made for its provider, and no other


class Buildable(Protocol[Built]):
    """The shape all three kinds of registry entry share."""

    @property
    def build(self) -> Callable[[Environ, Settings], Built]: ...

    @property
    def sandbox_only(self) -> bool: ...


Part = TypeVar("Part")


class Registry(Generic[Part]):
    """`group` is the entry point group, `built_in` maps names to «module:ATTRIBUTE», `kind` is the entry's
    class.

    A name of ours wins over the same name in someone else's package.
    """

    def __init__(self, group: str, built_in: Mapping[str, str], kind: type[Buildable[Part]]) -> None:
        self._group, self._built_in, self._kind = group, built_in, kind
        self._known: dict[str, Buildable[Part]] = {}

    def names(self) -> tuple[str, ...]:
        """Every provider that could be loaded, sorted; those that only live in the sandbox too."""
        ours = {name for name, path in self._built_in.items() if find_spec(path.partition(":")[0])}
        return tuple(sorted(ours | {point.name for point in entry_points(group=self._group)}))

    def load(self, name: str, environ: Environ, settings: Settings) -> Part:
        """Build a provider.

        Refused(PROVIDER_UNKNOWN): no such name, or one that only lives in the sandbox and this is none.
        """
        entry = self.entry(name)
        if entry.sandbox_only and environ.get("TSUZUKI_SANDBOX") != "1":
            raise Refused(Code.PROVIDER_UNKNOWN, name=name, why="sandbox_only")
        return entry.build(environ, settings)

    def entry(self, name: str) -> Buildable[Part]:
        """The registry entry itself; Refused(PROVIDER_UNKNOWN) if there is none or it is not of our kind."""
        if name not in self._known:
            result = self._imported(name)
            if not isinstance(result, self._kind):
                raise Refused(Code.PROVIDER_UNKNOWN, name=name, why="not_a_provider")
            self._known[name] = result
        return self._known[name]

    def _imported(self, name: str) -> object:
        if name in self._built_in:
            module, _, attribute = self._built_in[name].partition(":")
            if find_spec(module) is None:  # its folder was deleted, and the feature with it
                raise Refused(Code.PROVIDER_UNKNOWN, name=name)
            return getattr(import_module(module), attribute)
        for point in entry_points(group=self._group, name=name):
            return point.load()
        raise Refused(Code.PROVIDER_UNKNOWN, name=name[:60])


def secret(environ: Environ, name: str, default: str | None = None) -> str:
    """The secret in NAME, or in the file NAME_FILE points at (its last line break dropped).

    LookupError: neither, and no default.
    """
    if environ.get(name):
        return environ[name]
    if environ.get(f"{name}_FILE"):
        return Path(environ[f"{name}_FILE"]).read_text(encoding="utf-8").rstrip("\r\n")
    if default is None:
        raise LookupError(f"set {name} or {name}_FILE")
    return default


def is_secret_name(name: str, prefix: str) -> bool:
    return bool(prefix) and bool(re.fullmatch(re.escape(prefix) + r"[A-Z0-9_]+", name, re.ASCII))


def named_secret(environ: Environ, name: str, reaches: ReachSettings) -> str:
    """The secret a row names.

    LookupError for a name that was not made for this provider, whoever wrote it there.
    """
    if not is_secret_name(name, reaches.prefix):
        raise LookupError(f"a secret named in settings must begin with {reaches.prefix}")
    return secret(environ, name)


def number(settings: Settings, name: str, default: float) -> float:
    """A number from settings people wrote («4», 4, 4.0). ValueError for anything else."""
    value = settings.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"setting {name} must be a number")
    if not math.isfinite(result := float(value)):
        raise UnsafeLease(f"setting {name} must be a number that ends")
    return result


def text(settings: Settings, name: str, default: str) -> str:
    value = settings.get(name, default)
    if not isinstance(value, str):
        raise ValueError(f"setting {name} must be text")
    return value
