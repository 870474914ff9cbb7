"""Whether the database is fit to work with, and a few counts for whoever watches from outside.

Every count is a scan of an index over what is open or of the last day, so that it stays quick however much history there
is. Knows tables; refuses to know what is too much or too late to be well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, text
from sqlmodel import Session, col, select

from routing.errors import StoreReadOnly
from routing.outgoing import FINAL, State
from routing.store.outgoing_tables import BeatRow, OutboxRow
from routing.store.tables import TurnRow
from routing.store.troubles import READ_ONLY

_DAY = timedelta(days=1)
_OPEN = [state.value for state in State if state not in FINAL]


@dataclass(frozen=True, slots=True)
class Vitals:
    """How things stand. `late` were due longer ago than allowed; `last_day` counts by state what came due within a day.

    `waiting_turns` are typed and not yet worked off; `beats` say when the auditor and every replica last lived.
    """

    due: int
    late: int
    sending: int
    unknown: int
    last_day: Mapping[str, int]
    waiting_turns: int
    beats: Mapping[str, datetime]


def vitals(session: Session, now: datetime, late_after: timedelta) -> Vitals:
    """The counts of this moment."""
    at, state = col(OutboxRow.not_before), col(OutboxRow.state)
    lately = select(state, func.count()).where(state.in_([*State]), at > now - _DAY, at <= now).group_by(state)
    by_state = {each.value: 0 for each in State}
    by_state |= dict(session.exec(lately).all())
    return Vitals(
        due=_outbox(session, state == State.WAITING.value, at <= now),
        late=_outbox(session, state.in_(_OPEN), at <= now - late_after),
        sending=_outbox(session, state == State.SENDING.value),
        unknown=_outbox(session, state == State.UNKNOWN.value),
        last_day=by_state,
        waiting_turns=session.exec(
            select(func.count()).select_from(TurnRow).where(col(TurnRow.done_at).is_(None))
        ).one(),
        beats={row.name: row.at for row in session.exec(select(BeatRow))},
    )


def _outbox(session: Session, *which: ColumnElement[bool]) -> int:
    return session.exec(select(func.count()).select_from(OutboxRow).where(*which)).one()


def not_standing_by(session: Session) -> None:
    """A PostgreSQL server that only follows another one can be read, but nothing can be kept. Raises `StoreReadOnly`."""
    connection = session.connection()
    if connection.dialect.name == "postgresql" and connection.scalar(text("SELECT pg_is_in_recovery()")):
        raise StoreReadOnly(READ_ONLY)
