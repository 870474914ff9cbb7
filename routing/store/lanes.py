"""The outbox with its lanes: an address is written to once per gap, by whichever replica is first.

A lane is a surface and an address with the moment from which it may be written to again. Taking the oldest due message of
every free lane and moving that moment on is one transaction, so the pace holds over all replicas. A claim locks lanes before
messages; whoever locks both does so in that order. Refuses to know surfaces and what a good gap is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from routing.outgoing import LONGEST_REST, Lease, Line, OutgoingMessage, State
from routing.store.columns import storable
from routing.store.outbox import BATCH, OutboxMarks, OutboxReads, orphaned, waiting
from routing.store.outgoing_convert import message_columns, message_value
from routing.store.outgoing_tables import LaneRow, LineRow, OutboxRow

EVER = datetime(1970, 1, 1, tzinfo=UTC)
MOST_LATE, LEAST_REST = 5, 0.75  # in gaps: how much lateness is made up, and how close two messages come meanwhile


class SqlOutbox(OutboxMarks, OutboxReads):
    """`outgoing.Outbox`."""

    def put(self, message: OutgoingMessage) -> bool:
        """False when the key is already there, sent or not (nothing is written)."""
        return self.put_all([message]) == 1

    def put_all(self, messages: Sequence[OutgoingMessage]) -> int:
        """Put many; those whose key is already there are left out. Returns how many were new."""
        return len(self._put(messages))

    def put_digests(self, digests: Sequence[tuple[OutgoingMessage, Sequence[Line]]]) -> int:
        """Put digests with their lines; of one that is already there no line is written. Returns how many were new."""
        new = self._put([message for message, _ in digests])
        rows = [asdict(storable(line)) for message, lines in digests if message.key in new for line in lines]
        self._add(LineRow, rows, col(LineRow.key))
        return len(new)

    def _put(self, messages: Sequence[OutgoingMessage]) -> set[str]:
        return set(self._add(OutboxRow, [message_columns(storable(each)) for each in messages], col(OutboxRow.key)))

    def claim(self, now: datetime, lease_seconds: int, limit: int) -> Sequence[OutgoingMessage]:
        """At most `limit` due messages, oldest first, leased for `lease_seconds`; commit before sending them.

        `attempts` counts this claim: with `doubt`, an earlier sender may have got it out before it died.
        """
        due = (
            select(OutboxRow.key)
            .where(or_(waiting(now), orphaned(now)))
            .order_by(col(OutboxRow.not_before), col(OutboxRow.key))
            .limit(limit)
            .with_for_update(skip_locked=True)  # SQLite has one writer and leaves this clause out
            .cte("due")
        )
        return self._take(select(due.c.key), now, now + timedelta(seconds=lease_seconds), "")

    def unrouted(self, now: datetime, limit: int) -> Sequence[OutgoingMessage]:
        """Due messages without an address, oldest first; nobody else gets them before this transaction ends."""
        found = (
            select(OutboxRow)
            .where(waiting(now), col(OutboxRow.address) == "")
            .order_by(col(OutboxRow.not_before), col(OutboxRow.key))
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return [message_value(row) for row in self._all(found)]

    def route(self, where: Mapping[str, tuple[str, str]], doubtful: Collection[str] = ()) -> None:
        """Give waiting messages their surface and address, and every new address a lane.

        Of `doubtful` ones nobody knows whether a database that was lost got them out: they are to be asked about.
        """
        by_lane: dict[tuple[str, str], list[str]] = {}
        for key, lane in where.items():
            by_lane.setdefault(lane, []).append(key)
        lanes = [
            {"surface": surface, "address": address, "free_at": EVER, "turn_at": EVER}
            for surface, address in sorted(by_lane)
        ]
        for start in range(0, len(lanes), BATCH):
            made = self._insert(LaneRow).values(lanes[start : start + BATCH]).on_conflict_do_nothing()
            self._write(made.returning(col(LaneRow.surface)))
        for (surface, address), keys in by_lane.items():
            same = (col(OutboxRow.key).in_(keys), col(OutboxRow.state) == State.WAITING.value)
            set_ = update(OutboxRow).where(*same).values(surface=surface, address=address)
            self._write(set_.returning(col(OutboxRow.key)))
        unsure = [key for key in where if key in doubtful]
        if unsure:
            same = (col(OutboxRow.key).in_(unsure), col(OutboxRow.state) == State.WAITING.value)
            asked = update(OutboxRow).where(*same).values(state=State.UNKNOWN.value)
            self._write(asked.returning(col(OutboxRow.key)))

    def claim_lanes(self, now: datetime, lease: Lease, gap: timedelta) -> Sequence[OutgoingMessage]:
        """The oldest due message of every free lane, leased; the lane rests for `gap`. Commit before sending."""
        first = _first_due(now)
        free = (
            select(LaneRow.surface, LaneRow.address, LaneRow.turn_at, first.label("key"))
            .where(_is_free(now), _theirs(LaneRow.surface, lease), first.is_not(None))
            .order_by(col(LaneRow.free_at))
            .limit(lease.limit)
            .with_for_update(skip_locked=True, of=LaneRow)
        )
        rows = self._session.exec(free).all()
        keys = [key for *_, key in rows]
        turns = {(surface, address): turn_at for surface, address, turn_at, _ in rows}
        # A lane that another replica used since this statement began is seen as it is now, its message as it was then.
        still = [State.WAITING.value]
        taken = self._take(keys, now, now + lease.lease, lease.by, still) if keys else []
        self._rest([(message.surface, message.address) for message in taken], turns, now, gap)
        return taken

    def _rest(
        self, lanes: Sequence[tuple[str, str]], turns: Mapping[tuple[str, str], datetime], now: datetime, gap: timedelta
    ) -> None:
        """Move the lanes on: by a gap from their turn when they were served a little late, so that the pace holds."""
        rows = []
        for lane in sorted(lanes):
            late = timedelta(0) <= now - turns[lane] <= MOST_LATE * gap
            turn = (turns[lane] if late else now) + gap
            free = max(turn, now + LEAST_REST * gap)
            rows.append({"surface": lane[0], "address": lane[1], "free_at": free, "turn_at": turn})
        if rows:
            made = self._insert(LaneRow).values(rows)
            moved = {"free_at": made.excluded.free_at, "turn_at": made.excluded.turn_at}
            put = made.on_conflict_do_update(index_elements=["surface", "address"], set_=moved)
            self._write(put.returning(col(LaneRow.surface)))

    def next_turn(self, now: datetime, lease: Lease) -> datetime | None:
        """When the next lane with a due message is free; in the past when one is free already."""
        with_mail = (_theirs(LaneRow.surface, lease), _first_due(now).is_not(None))
        return self._first(select(func.min(LaneRow.free_at)).where(*with_mail))

    def claim_doubtful(self, now: datetime, lease: Lease) -> Sequence[OutgoingMessage]:
        """Messages nobody knows about, leased to be asked about; an address at rest may be asked."""
        lost = (
            select(OutboxRow.key)
            .where(orphaned(now), _theirs(OutboxRow.surface, lease))
            .order_by(col(OutboxRow.not_before), col(OutboxRow.key))
            .limit(lease.limit)
            .with_for_update(skip_locked=True)
            .cte("lost")
        )
        return self._take(select(lost.c.key), now, now + lease.lease, lease.by)

    def hold(self, surface: str, address: str, until: datetime) -> None:
        """Write nothing to an address before `until`; a longer rest that is already agreed stays.

        A rest longer than `LONGEST_REST` ends when it is noticed, so do not ask for one.
        """
        statement = self._insert(LaneRow).values(surface=surface, address=address, free_at=until, turn_at=until)
        later = statement.on_conflict_do_update(
            index_elements=["surface", "address"],
            set_={"free_at": until, "turn_at": until},
            where=col(LaneRow.free_at) < statement.excluded.free_at,
        )
        self._write(later.returning(col(LaneRow.surface)))


def _first_due(now: datetime) -> ScalarSelect[str]:
    """The key of the lane's oldest due message."""
    due: Any = aliased(OutboxRow)
    found = select(due.key).where(
        due.state == State.WAITING.value,
        due.surface == col(LaneRow.surface),
        due.address == col(LaneRow.address),
        due.not_before <= now,
    )
    return found.order_by(due.not_before, due.key).limit(1).correlate(LaneRow).scalar_subquery()


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(col(LaneRow.free_at) <= now, col(LaneRow.free_at) > now + LONGEST_REST)


def _theirs(surface: str, lease: Lease) -> ColumnElement[bool]:
    """Whether a surface (a column) is among those the lease is for."""
    if lease.surface:
        return col(surface) == lease.surface
    return col(surface).not_in(lease.all_but)
