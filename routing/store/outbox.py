"""The outbox in SQL: put once, claim under a lease, record every attempt.

Knows keys, leases and states; refuses to know what is in a message, who sends it, and what time it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import or_, update
from sqlmodel import col, select

from routing.errors import StoreError
from routing.ports import OutgoingMessage
from routing.store.columns import storable
from routing.store.convert import Columns, message_columns, message_value
from routing.store.desk import Desk
from routing.store.tables import AttemptRow, OutboxRow

UNKNOWN = "送信予定の中に、この控えはありません: {key}"


class State(StrEnum):
    """Where a message stands."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"


class Outcome(StrEnum):
    """What an entry of `outbox_attempt` tells. `claimed` with nothing after it: the sender died, nobody knows."""

    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    GIVEN_UP = "given_up"


class SqlOutbox(Desk):
    """`ports.Outbox`."""

    def put(self, message: OutgoingMessage) -> bool:
        """False when the key is already there, sent or not (nothing is written)."""
        columns = {**message_columns(storable(message)), "state": State.WAITING.value, "receipt": ""}
        statement = self._insert(OutboxRow).values(columns).on_conflict_do_nothing()
        return bool(self._write(statement.returning(col(OutboxRow.key))))

    def claim(self, now: datetime, lease_seconds: int, limit: int) -> Sequence[OutgoingMessage]:
        """At most `limit` due messages, oldest first, leased for `lease_seconds`; commit before sending them.

        `attempts` counts this claim: above 1, an earlier sender may have got it out before it died.
        """
        free = or_(col(OutboxRow.leased_until).is_(None), col(OutboxRow.leased_until) <= now)
        due = (
            select(OutboxRow.key)
            .where(col(OutboxRow.state) == State.WAITING.value, col(OutboxRow.not_before) <= now, free)
            .order_by(col(OutboxRow.not_before), col(OutboxRow.key))
            .limit(limit)
            .with_for_update(skip_locked=True)  # SQLite has one writer and leaves this clause out
            .cte("due")
        )
        lease = {"leased_until": now + timedelta(seconds=lease_seconds), "attempts": col(OutboxRow.attempts) + 1}
        taken = update(OutboxRow).where(col(OutboxRow.key).in_(select(due.c.key))).values(lease).returning(OutboxRow)
        messages = [message_value(row) for (row,) in self._write(taken)]
        self._log([(message.key, message.attempts) for message in messages], now, Outcome.CLAIMED, "")
        return sorted(messages, key=lambda message: (message.not_before, message.key))

    def sent(self, key: str, at: datetime, receipt: str) -> None:
        """It is out; `receipt` is what the surface answered. Raises `StoreError` for a key never put."""
        changed: Columns = {"state": State.SENT.value, "leased_until": None, "receipt": receipt}
        self._finish(key, at, Outcome.SENT, "", changed)

    def failed(self, key: str, at: datetime, why: str, again_at: datetime | None) -> None:
        """It did not get out; `why` without personal details. Raises `StoreError` for a key never put.

        A message that another sender got out meanwhile stays sent.
        """
        if again_at is None:
            changed: Columns = {"state": State.GIVEN_UP.value, "leased_until": None}
        else:
            changed = {"not_before": again_at, "leased_until": None}
        self._finish(key, at, Outcome.GIVEN_UP if again_at is None else Outcome.FAILED, why, changed)

    def _finish(self, key: str, at: datetime, outcome: Outcome, why: str, changed: Columns) -> None:
        attempts = self._first(select(OutboxRow.attempts).where(col(OutboxRow.key) == key))
        if attempts is None:
            raise StoreError(UNKNOWN.format(key=key))
        self._log([(key, attempts)], at, outcome, why)
        open_ = update(OutboxRow).where(col(OutboxRow.key) == key, col(OutboxRow.state) != State.SENT.value)
        self._write(open_.values(changed).returning(col(OutboxRow.key)))

    def _log(self, attempts: Sequence[tuple[str, int]], at: datetime, outcome: Outcome, why: str) -> None:
        rows = [
            {"key": key, "number": number, "at": at, "outcome": outcome.value, "why": why} for key, number in attempts
        ]
        for start in range(0, len(rows), 1000):  # both databases limit the parameters of one statement
            self._write(self._insert(AttemptRow).values(rows[start : start + 1000]).returning(col(AttemptRow.id)))
