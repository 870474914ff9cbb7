"""Row ↔ value. Knows which column holds which field and which are sealed; refuses to know SQL.

Values given to the `*_columns` functions have been through `columns.storable`: what is written is what is read.
"""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from routing.cases import Case, CaseStatus, Confirmation, Event, EventKind
from routing.ports import Identity, StoredDialogue, StoredTurn
from routing.store.secrets import Sealer
from routing.store.tables import CaseRow, DialogueRow, EventRow, TurnRow

_CONFIRMATION = TypeAdapter(Confirmation)
_IDENTITY = TypeAdapter(Identity)
_WORDS = TypeAdapter(dict[str, str])

Columns = dict[str, Any]


def turn_columns(turn: StoredTurn, sealer: Sealer) -> Columns:
    """The columns of a stored turn."""
    return {
        "conversation": turn.conversation,
        "message": turn.message,
        "surface": turn.surface,
        "actor": turn.actor,
        "received_at": turn.received_at,
        "kind": turn.kind,
        "masked": turn.masked,
        "raw": sealer.seal(turn.raw),
    }


def turn_value(row: TurnRow, sealer: Sealer) -> StoredTurn:
    """The value of a stored turn."""
    return StoredTurn(
        conversation=row.conversation,
        message=row.message,
        surface=row.surface,
        actor=row.actor,
        received_at=row.received_at,
        kind=row.kind,
        masked=row.masked,
        raw=sealer.open(row.raw),
    )


def dialogue_columns(dialogue: StoredDialogue, sealer: Sealer) -> Columns:
    """The columns of a stored dialogue."""
    return {
        "conversation": dialogue.conversation,
        "owner": dialogue.owner,
        "form": dialogue.schema,
        "value": dialogue.value,
        "secret": sealer.seal(dialogue.secret),
        "version": dialogue.version,
        "updated_at": dialogue.updated_at,
        "resume_hash": dialogue.resume_hash,
    }


def dialogue_value(row: DialogueRow, sealer: Sealer) -> StoredDialogue:
    """The value of a stored dialogue."""
    return StoredDialogue(
        conversation=row.conversation,
        owner=row.owner,
        schema=row.form,
        value=row.value,
        secret=sealer.open(row.secret),
        version=row.version,
        updated_at=row.updated_at,
        resume_hash=row.resume_hash,
    )


def case_columns(case: Case) -> Columns:
    """The columns of a stored case."""
    return {
        "id": case.id,
        "number": case.number,
        "pack": case.pack,
        "pack_digest": case.pack_digest,
        "policy_digest": case.policy_digest,
        "decided_on": case.on,
        "opened_at": case.opened_at,
        "opened_by": case.opened_by,
        "masked_text": case.masked_text,
        "reading": case.reading,
        "facts": case.facts,
        "proposal": case.proposal,
        "confirmation": _CONFIRMATION.dump_json(case.confirmation).decode(),
        "form_version": case.form_version,
        "sheet": _WORDS.dump_json(dict(case.sheet)).decode(),
        "status": case.status.value,
        "version": case.version,
    }


def case_value(row: CaseRow) -> Case:
    """The value of a stored case."""
    return Case(
        id=row.id,
        number=row.number,
        pack=row.pack,
        pack_digest=row.pack_digest,
        policy_digest=row.policy_digest,
        on=row.decided_on,
        opened_at=row.opened_at,
        opened_by=row.opened_by,
        masked_text=row.masked_text,
        reading=row.reading,
        facts=row.facts,
        proposal=row.proposal,
        confirmation=_CONFIRMATION.validate_json(row.confirmation),
        form_version=row.form_version,
        sheet=_WORDS.validate_json(row.sheet),
        status=CaseStatus(row.status),
        version=row.version,
    )


def event_columns(case_id: str, seq: int, event: Event) -> Columns:
    """The columns of a stored event."""
    return {
        "case_id": case_id,
        "seq": seq,
        "kind": event.kind.value,
        "at": event.at,
        "actor": event.actor,
        "data": _WORDS.dump_json(dict(event.data)).decode(),
    }


def event_value(row: EventRow) -> Event:
    """The value of a stored event."""
    return Event(EventKind(row.kind), row.at, row.actor, _WORDS.validate_json(row.data))


def identity_token(identity: Identity, sealer: Sealer) -> str:
    """The value of a stored identity."""
    return sealer.seal(_IDENTITY.dump_json(identity).decode())


def identity_value(token: str, sealer: Sealer) -> Identity:
    """The value of a stored identity."""
    return _IDENTITY.validate_json(sealer.open(token))
