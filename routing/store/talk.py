"""Turns and dialogues in SQL. Knows how a turn is stored once and how a dialogue is written only over what was read.

Refuses to know what a turn or a dialogue means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, update
from sqlmodel import col, select

from routing.errors import StaleWrite
from routing.ports import StoredDialogue, StoredTurn
from routing.store.columns import storable
from routing.store.convert import dialogue_columns, dialogue_value, turn_columns, turn_value
from routing.store.desk import Desk
from routing.store.tables import DialogueRow, TurnRow

CHANGED = "読み込んだあとに、この相談は別の画面で進んでいます。画面を読み直してから、もう一度操作してください。"


class SqlTurns(Desk):
    """`ports.Turns`."""

    def add(self, turn: StoredTurn) -> bool:
        """Store the turn; False (and nothing written, nothing broken) when it is already there."""
        statement = self._insert(TurnRow).values(turn_columns(storable(turn), self._sealer))
        return bool(self._write(statement.on_conflict_do_nothing().returning(col(TurnRow.id))))

    def of(self, conversation: str) -> Sequence[StoredTurn]:
        """All turns of a conversation in the order they came. Raises `KeyMissing`."""
        rows = self._all(select(TurnRow).where(col(TurnRow.conversation) == conversation).order_by(col(TurnRow.id)))
        return [turn_value(row, self._sealer) for row in rows]

    def waiting(self, conversation: str) -> Sequence[StoredTurn]:
        """Turns that are not done, oldest first. Raises `KeyMissing`."""
        found = select(TurnRow).where(col(TurnRow.conversation) == conversation, col(TurnRow.done_at).is_(None))
        return [turn_value(row, self._sealer) for row in self._all(found.order_by(col(TurnRow.id)))]

    def done(self, conversation: str, message: str, at: datetime) -> None:
        """Mark a turn as done. Raises `StaleWrite` when it already is (another worker was faster)."""
        same = (
            col(TurnRow.conversation) == conversation,
            col(TurnRow.message) == message,
            col(TurnRow.done_at).is_(None),
        )
        if not self._write(update(TurnRow).where(*same).values(done_at=at).returning(col(TurnRow.id))):
            raise StaleWrite(CHANGED)

    def unfinished(self, limit: int = 100) -> Sequence[str]:
        """Conversations with waiting turns, the longest waiting first."""
        first = func.min(col(TurnRow.id))
        found = (
            select(col(TurnRow.conversation)).where(col(TurnRow.done_at).is_(None)).group_by(col(TurnRow.conversation))
        )
        return self._all(found.order_by(first).limit(limit))


class SqlDialogues(Desk):
    """`ports.Dialogues`."""

    def get(self, conversation: str) -> StoredDialogue | None:
        """The dialogue as last written. Raises `KeyMissing`."""
        row = self._first(select(DialogueRow).where(col(DialogueRow.conversation) == conversation))
        return dialogue_value(row, self._sealer) if row else None

    def put(self, dialogue: StoredDialogue) -> StoredDialogue:
        """Write it and return it as stored, with the next version. Raises `StaleWrite`."""
        after = replace(storable(dialogue), version=dialogue.version + 1)
        columns = dialogue_columns(after, self._sealer)
        key = col(DialogueRow.conversation)
        if dialogue.version == 0:
            written = self._write(self._insert(DialogueRow).values(columns).on_conflict_do_nothing().returning(key))
        else:
            same = (key == after.conversation, col(DialogueRow.version) == dialogue.version)
            written = self._write(update(DialogueRow).where(*same).values(columns).returning(key))
        if not written:
            raise StaleWrite(CHANGED)
        return after

    def by_resume(self, resume_hash: str) -> StoredDialogue | None:
        """The dialogue that carries this hash, the latest if several; None for an empty hash. Raises `KeyMissing`."""
        if not resume_hash:
            return None
        found = select(DialogueRow).where(col(DialogueRow.resume_hash) == resume_hash)
        row = self._first(found.order_by(col(DialogueRow.updated_at).desc()).limit(1))
        return dialogue_value(row, self._sealer) if row else None

    def of_owner(self, owner: str, limit: int = 20) -> Sequence[StoredDialogue]:
        """The owner's dialogues, latest first. Raises `KeyMissing`."""
        found = select(DialogueRow).where(col(DialogueRow.owner) == owner)
        latest = found.order_by(col(DialogueRow.updated_at).desc(), col(DialogueRow.conversation)).limit(limit)
        return [dialogue_value(row, self._sealer) for row in self._all(latest)]
