"""Thread-safe decoding into our own types.

msgspec learns a type when it first meets it, and marks it as learned before it is: a second thread that comes
in between reads what is not there yet, and the process is gone (seen with 0.22). So each type is learned by
one thread, before any uses it.
"""

import threading
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
_learning = threading.Lock()
_learned: set[Any] = set()


def convert(value: object, type: type[T], strict: bool = True) -> T:
    """`value`: what JSON can hold. msgspec.ValidationError: it is no such thing."""
    _learn(type)
    return msgspec.convert(value, type, strict=strict)


def from_json(raw: bytes | str, type: type[T]) -> T:
    """msgspec.DecodeError, of which ValidationError is one; UnicodeDecodeError; RecursionError."""
    _learn(type)
    return msgspec.json.decode(raw, type=type)


def from_msgpack(raw: bytes, type: type[T]) -> T:
    _learn(type)
    return msgspec.msgpack.decode(raw, type=type)


def _learn(type: Any) -> None:
    if type in _learned:
        return
    with _learning:
        msgspec.json.Decoder(type)
        _learned.add(type)
