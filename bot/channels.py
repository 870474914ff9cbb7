"""What a surface must be able to do so that messages can be delivered to it, and how it says what became of one.

Refuses to know any surface.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from routing.outgoing import OutgoingMessage


@dataclass(frozen=True, slots=True)
class Delivered:
    """It is there; `receipt` finds it again on the surface."""

    receipt: str


@dataclass(frozen=True, slots=True)
class Failed:
    """It is certainly not there. `kind` is a code for the record, such as `rate`, `busy`, `gone` or `refused`.

    `retry_after`: the address asks for a rest, which is no failure. `permanent`: it will never get there; of kind `gone`,
    nothing else will either.
    """

    kind: str
    retry_after: timedelta | None = None
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether it is there (a time-out, a broken connection). `kind` as in `Failed`."""

    kind: str


Result = Delivered | Failed | Unknown


class Channel(Protocol):
    """A surface that messages are sent to. Its time-outs are shorter than the lease.

    Every message carries its key there. `can_find`: the surface can be asked whether a key is there.
    """

    surface: str
    can_find: bool

    def send(self, message: OutgoingMessage, address: str) -> Result:
        """Send it. Whatever is raised counts as `Unknown`."""

    def find(self, message: OutgoingMessage, address: str) -> str | None:
        """The receipt of a message that is there, None when it certainly is not. Raises when the surface cannot say."""
