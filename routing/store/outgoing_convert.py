"""Row ↔ value of what leaves. Knows which column holds which field; refuses to know SQL."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from sqlalchemy import Row as SqlRow

from routing.outgoing import (
    Attempt,
    Contact,
    ContactState,
    InboxItem,
    Line,
    Occurrence,
    Outcome,
    OutgoingMessage,
    State,
)
from routing.store.convert import Columns
from routing.store.outgoing_tables import AttemptRow, ContactRow, InboxRow, LineRow, OutboxRow


def message_columns(message: OutgoingMessage) -> Columns:
    """The columns of a message that nobody has claimed yet."""
    return {
        "key": message.key,
        "kind": message.kind,
        "surface": message.surface,
        "recipient": message.recipient,
        "payload": message.payload,
        "created_at": message.created_at,
        "not_before": message.not_before,
        "attempts": message.attempts,
        "state": State.WAITING.value,
        "receipt": "",
        "about": message.about,
        "chain": json.dumps(message.chain, ensure_ascii=False),
        "step": message.step,
        "address": message.address,
        "tries": message.tries,
        "doubt": message.doubt,
        "claimed_by": "",
    }


def message_value(row: OutboxRow | SqlRow[Any]) -> OutgoingMessage:
    """The value of a stored message."""
    return OutgoingMessage(
        key=row.key,
        kind=row.kind,
        surface=row.surface,
        recipient=row.recipient,
        payload=row.payload,
        created_at=row.created_at,
        not_before=row.not_before,
        attempts=row.attempts,
        about=row.about,
        chain=tuple(json.loads(row.chain)),
        step=row.step,
        address=row.address,
        tries=row.tries,
        doubt=row.doubt,
    )


def occurrence_value(row: OutboxRow) -> Occurrence:
    """A stored message with where it stands."""
    return Occurrence(message_value(row), State(row.state), row.leased_until, row.claimed_by, row.receipt, row.final_at)


def line_value(row: LineRow) -> Line:
    """The value of a stored line."""
    return Line(row.key, row.part_of, row.about, row.kind, row.recipient, row.told_on)


def line_occurrence(line: LineRow, digest: OutboxRow) -> Occurrence:
    """A line as an occurrence of its own: it shares the fate of its digest."""
    whole = occurrence_value(digest)
    return replace(whole, message=replace(whole.message, key=line.key, kind=line.kind, about=line.about, payload=""))


def attempt_value(row: AttemptRow) -> Attempt:
    """The value of an entry of the record."""
    return Attempt(row.key, row.number, row.at, Outcome(row.outcome), row.why, row.by, row.target)


def contact_columns(contact: Contact) -> Columns:
    """The columns of a contact, without the moment."""
    return {
        "recipient": contact.recipient,
        "surface": contact.surface,
        "address": contact.address,
        "state": contact.state.value,
        "rank": contact.rank,
        "why": contact.why,
    }


def contact_value(row: ContactRow) -> Contact:
    """The value of a stored contact."""
    return Contact(row.recipient, row.surface, row.address, ContactState(row.state), row.rank, row.why)


def inbox_value(row: InboxRow) -> InboxItem:
    """The value of a stored item."""
    return InboxItem(row.recipient, row.key, row.kind, row.payload, row.put_at, row.read_at, row.read_by)
