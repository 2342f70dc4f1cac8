"""The channel port: what a channel is asked to send, and how it answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Message:
    """`key` is ours and stays the same on every repeat, so that a reader's program can drop a double."""

    key: str
    recipient: str
    language: str  # BCP 47
    subject: str
    text: str
    html: str = ""  # the same once more, for channels that can show it
    sender: str = ""  # as readers see it; empty or no good: the channel's own


class SendStatus(StrEnum):
    SENT = "sent"  # the next hop took it
    REFUSED = "refused"  # it will never take it
    PASSING = "passing"  # not now


@dataclass(frozen=True, slots=True)
class SendResult:
    status: SendStatus
    reason: str | None = None


class Channel(Protocol):
    def send(self, message: Message) -> SendResult: ...


@runtime_checkable
class ReachCheck(Protocol):
    """A channel that can say, without sending anything, whether its next hop would listen."""

    def reach(self) -> SendResult: ...


@dataclass(frozen=True, slots=True)
class ChannelPlugin:
    build: Callable[[Mapping[str, str], Mapping[str, object]], Channel]
    sandbox_only: bool = False
