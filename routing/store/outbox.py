"""The outbox in SQL: put once, claim under a lease, mark with the fence, record every attempt.

Knows keys, leases and states; refuses to know what is in a message, how often an address may be written to (see `lanes`),
who sends it, and what time it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, func, or_, update
from sqlmodel import col, select

from routing.errors import StoreError
from routing.outgoing import FINAL, LONGEST_REST, Attempt, Line, Occurrence, Outcome, OutgoingMessage, State
from routing.store.convert import Columns
from routing.store.desk import Desk
from routing.store.outgoing_convert import (
    attempt_value,
    line_occurrence,
    line_value,
    message_value,
    occurrence_value,
)
from routing.store.outgoing_tables import AttemptRow, LineRow, OutboxRow

UNKNOWN = "送信予定の中に、この控えはありません: {key}"
BATCH = 1000  # both databases limit the parameters of one statement
_BOX: Table = OutboxRow.__table__  # type: ignore[attr-defined]
_OPEN = [state.value for state in State if state not in FINAL]


def orphaned(now: datetime) -> ColumnElement[bool]:
    """Being sent by somebody whose lease ran out, or never known to be out: due to be asked about."""
    over = or_(col(OutboxRow.leased_until) <= now, col(OutboxRow.leased_until) > now + LONGEST_REST)
    lost = and_(col(OutboxRow.state) == State.SENDING.value, over)
    return or_(lost, and_(col(OutboxRow.state) == State.UNKNOWN.value, col(OutboxRow.not_before) <= now))


def waiting(now: datetime) -> ColumnElement[bool]:
    """Due and not yet claimed."""
    return and_(col(OutboxRow.state) == State.WAITING.value, col(OutboxRow.not_before) <= now)


class OutboxDesk(Desk):
    """Claiming and recording, shared by the outbox and its lanes."""

    def _take(
        self, keys: Any, now: datetime, until: datetime, by: str, states: Sequence[str] = _OPEN
    ) -> list[OutgoingMessage]:
        """Lease the messages that `keys` (values or a subquery) names and that are still in one of the states."""
        lease = {
            "doubt": col(OutboxRow.state) != State.WAITING.value,
            "state": State.SENDING.value,
            "leased_until": until,
            "attempts": col(OutboxRow.attempts) + 1,
            "claimed_by": by,
        }
        taken = update(OutboxRow).where(col(OutboxRow.key).in_(keys), col(OutboxRow.state).in_(states)).values(lease)
        messages = [message_value(row) for (row,) in self._write(taken.returning(OutboxRow))]
        self._log([(message, by) for message in messages], now, Outcome.CLAIMED, "")
        return sorted(messages, key=lambda message: (message.not_before, message.key))

    def _log(self, messages: Iterable[tuple[OutgoingMessage, str]], at: datetime, outcome: Outcome, why: str) -> None:
        rows = [
            {
                "key": message.key,
                "number": message.attempts,
                "at": at,
                "outcome": outcome.value,
                "why": why,
                "by": by,
                "target": message.target,
            }
            for message, by in messages
        ]
        self._add(AttemptRow, rows, col(AttemptRow.id))

    def _finish(self, key: str, at: datetime, outcome: Outcome, why: str, changed: Columns, fence: int | None) -> bool:
        """Change an open message whose fence is still `fence`, and record it; False when it came too late."""
        same = [_BOX.c.key == key]
        if fence is not None:
            same += [_BOX.c.attempts == fence, _BOX.c.state == State.SENDING.value]
        elif outcome is Outcome.SENT:  # that it is out is true whatever was believed before
            same += [_BOX.c.state != State.SENT.value]
        else:
            same += [_BOX.c.state.in_(_OPEN)]
        connection = self._session.connection()  # rows without their objects: every message comes this way
        before = connection.execute(_BOX.select().where(_BOX.c.key == key).with_for_update()).first()
        if before is None:
            raise StoreError(UNKNOWN.format(key=key))
        told = [(message_value(before), before.claimed_by)]
        if not connection.execute(update(_BOX).where(*same).values(changed)).rowcount:
            self._log(told, at, Outcome.LATE, f"{outcome.value} {fence or ''} {why}".strip())
            return False
        self._log(told, at, outcome, why)
        return True


class OutboxMarks(OutboxDesk):
    """What a sender may say of a message it claimed."""

    def sent(self, key: str, at: datetime, receipt: str, fence: int | None = None) -> bool:
        """It is out; `receipt` is what the surface answered. Raises `StoreError` for a key never put, as all marks do."""
        return self._finish(key, at, Outcome.SENT, "", _final(State.SENT, at, receipt=receipt), fence)

    def found(self, key: str, at: datetime, receipt: str, fence: int) -> bool:
        """The surface was asked, and it is there."""
        return self._finish(key, at, Outcome.FOUND, "", _final(State.SENT, at, receipt=receipt), fence)

    def failed(self, key: str, at: datetime, why: str, again_at: datetime | None, fence: int | None = None) -> bool:
        """It did not get out; `why` without personal details. A message that another sender got out stays sent."""
        if again_at is None:
            return self._finish(key, at, Outcome.GIVEN_UP, why, _final(State.GIVEN_UP, at), fence)
        changed = {**_open(State.WAITING, again_at), "tries": _BOX.c.tries + 1, "address": ""}
        return self._finish(key, at, Outcome.FAILED, why, changed, fence)

    def rested(self, key: str, at: datetime, why: str, fence: int) -> bool:
        """The address asked for a rest: the message waits there without having failed."""
        return self._finish(key, at, Outcome.RESTED, why, _open(State.WAITING, at), fence)

    def unknown(self, key: str, at: datetime, why: str, again_at: datetime, fence: int) -> bool:
        """Nobody knows whether it is out; it keeps its address, where the surface is to be asked."""
        changed = {**_open(State.UNKNOWN, again_at), "tries": _BOX.c.tries + 1}
        return self._finish(key, at, Outcome.UNKNOWN, why, changed, fence)

    def absent(self, key: str, at: datetime, why: str, fence: int) -> bool:
        """It is not there: it waits for its address to be free."""
        return self._finish(key, at, Outcome.ABSENT, why, _open(State.WAITING, at), fence)

    def obsolete(self, key: str, at: datetime, why: str, fence: int | None = None) -> bool:
        """It need not be sent any more."""
        return self._finish(key, at, Outcome.OBSOLETE, why, _final(State.OBSOLETE, at), fence)

    def passed_on(self, key: str, at: datetime, why: str, fence: int | None = None) -> bool:
        """The next of the chain is to be told, at once."""
        changed = {**_open(State.WAITING, at), "step": _BOX.c.step + 1, "tries": 0, "address": ""}
        return self._finish(key, at, Outcome.PASSED_ON, why, changed, fence)


class OutboxReads(OutboxDesk):
    """How messages stand."""

    def get(self, key: str) -> Occurrence | None:
        row = self._first(select(OutboxRow).where(col(OutboxRow.key) == key))
        return occurrence_value(row) if row else None

    def attempts(self, key: str) -> Sequence[Attempt]:
        """Everything that happened to a message, in order; to a line's digest, for a line."""
        line = self._first(select(LineRow.part_of).where(col(LineRow.key) == key))
        key = line or key
        found = select(AttemptRow).where(col(AttemptRow.key) == key).order_by(col(AttemptRow.id))
        return [attempt_value(row) for row in self._all(found)]

    def of_case(self, case_id: str) -> Sequence[Occurrence]:
        """Every occurrence about a case, oldest first; none for an empty id."""
        if not case_id:
            return []
        alone = [occurrence_value(row) for row in self._all(select(OutboxRow).where(col(OutboxRow.about) == case_id))]
        joined = select(LineRow, OutboxRow).join(OutboxRow, col(OutboxRow.key) == col(LineRow.part_of))
        rows = self._session.exec(joined.where(col(LineRow.about) == case_id)).all()
        told = [line_occurrence(line, digest) for line, digest in rows]
        return sorted([*alone, *told], key=lambda each: (each.message.created_at, each.message.key))

    def told(self, since: date) -> Sequence[Line]:
        """Lines of every digest since that day that was not dropped, in the order of the days."""
        found = select(LineRow).join(OutboxRow, col(OutboxRow.key) == col(LineRow.part_of))
        lately = found.where(col(LineRow.told_on) >= since, col(OutboxRow.state) != State.OBSOLETE.value)
        return [line_value(row) for row in self._all(lately.order_by(col(LineRow.told_on), col(LineRow.key)))]

    def due_count(self, now: datetime) -> int:
        """How many wait to be sent now."""
        return self._first(select(func.count()).select_from(OutboxRow).where(waiting(now))) or 0

    def pending(self, now: datetime) -> bool:
        """Whether anything is to be routed, sent or asked about now."""
        return self._first(select(OutboxRow.key).where(or_(waiting(now), orphaned(now))).limit(1)) is not None

    def late(self, now: datetime, older_than: timedelta, limit: int = 100) -> Sequence[Occurrence]:
        """Occurrences that were due longer ago than `older_than` and are not final, the longest due first."""
        found = select(OutboxRow).where(col(OutboxRow.state).in_(_OPEN), col(OutboxRow.not_before) <= now - older_than)
        ordered = found.order_by(col(OutboxRow.not_before), col(OutboxRow.key)).limit(limit)
        return [occurrence_value(row) for row in self._all(ordered)]


def _final(state: State, at: datetime, **more: str) -> Columns:
    return {"state": state.value, "leased_until": None, "final_at": at, **more}


def _open(state: State, not_before: datetime) -> Columns:
    return {"state": state.value, "leased_until": None, "not_before": not_before}
