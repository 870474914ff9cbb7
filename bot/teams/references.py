"""Where somebody can be reached in Teams, kept as the address of a contact.

One conversation has one address at a time: when Teams moves it to another service, the old one is marked so. Knows the
form of an address; refuses to know how anything is sent.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from routing.outgoing import Contact, ContactState
from routing.ports import UnitOfWork

SURFACE = "teams"
MOVED, REMOVED = "moved", "removed"
_THREAD = ";messageid="
_CHANNELS = ("@thread.tacv2", "@thread.skype")


@dataclass(frozen=True, slots=True)
class Reference:
    """A conversation, the service that leads to it, and whose it is. `service` is a URL."""

    conversation: str = ""
    service: str = ""
    tenant: str = ""

    @property
    def place(self) -> Reference:
        """Without the thread: the channel itself, in which a new message begins a thread."""
        return Reference(self.conversation.partition(_THREAD)[0], self.service, self.tenant)


def thread_of(reference: Reference, message: str) -> Reference:
    """The thread below a message of a channel; a chat has none and stays itself."""
    if not reference.conversation.endswith(_CHANNELS):
        return reference
    return Reference(f"{reference.conversation}{_THREAD}{message}", reference.service, reference.tenant)


def address_of(reference: Reference) -> str:
    """The reference as a contact keeps it: the same one always in the same letters."""
    parts = {"c": reference.conversation, "s": reference.service, "t": reference.tenant}
    return json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def reference_of(address: str) -> Reference | None:
    """What an address says; None when it is not ours."""
    try:
        parts = json.loads(address)
        return Reference(str(parts["c"]), str(parts["s"]), str(parts["t"]))
    except (ValueError, KeyError, TypeError):
        return None


def remember(unit: UnitOfWork, recipients: Sequence[str], where: Reference, at: datetime, rank: int = 0) -> None:
    """These recipients can be reached there from now on."""
    address = address_of(where)
    for recipient in recipients:
        for contact in _of(unit, recipient):
            known = reference_of(contact.address)
            same = known is not None and known.conversation == where.conversation
            if same and contact.address != address and contact.state is ContactState.ACTIVE:
                unit.contacts.gone(recipient, SURFACE, contact.address, MOVED, at)
        unit.contacts.put(Contact(recipient, SURFACE, address, rank=rank), at)


def forget(unit: UnitOfWork, recipients: Sequence[str], conversation: str, at: datetime, why: str = REMOVED) -> None:
    """These recipients cannot be reached in that conversation any more."""
    for recipient in recipients:
        for contact in _of(unit, recipient):
            known = reference_of(contact.address)
            if known is not None and known.conversation == conversation:
                unit.contacts.gone(recipient, SURFACE, contact.address, why, at)


def _of(unit: UnitOfWork, recipient: str) -> list[Contact]:
    return [contact for contact in unit.contacts.of(recipient) if contact.surface == SURFACE]
