"""The board in SQL: one row per case as lists show it, one per list that shows it, and the moment a timer is due.

Knows how a standing is projected, and that every read is an index scan however many cases there are. Refuses to know who may
see what: the caller names the desks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Subquery, literal, tuple_, union, update
from sqlmodel import col, select

from routing.cases import Case, CaseStatus
from routing.documents import FACTS
from routing.ports import BoardRow, WatchRow
from routing.standing import Standing
from routing.store.columns import UtcTime, Words, utc
from routing.store.convert import Columns
from routing.store.desk import Desk
from routing.store.handover_tables import CardRow, ShelfRow
from routing.watching import parts_of

TEAM = "team"
_BRANCHES = 50  # SQLite bears 500 parts of a UNION; more desks than this share a part
_AT_ONCE = 5000
_FIXED = ("case_id", "first_desk")


class SqlBoard(Desk):
    """`ports.Board`."""

    def put(self, case: Case, standing: Standing, counts: Sequence[str]) -> None:
        """Write the row of a case and put it on its shelves. The desk that held it first stays as it was first written."""
        columns = card_columns(case, standing, counts)
        card = self._insert(CardRow).values(columns)
        following = {name: value for name, value in columns.items() if name not in _FIXED}
        written = card.on_conflict_do_update(index_elements=["case_id"], set_=following)
        self._write(written.returning(col(CardRow.case_id)))
        self._place(columns, shelves_of(case, standing))

    def _place(self, columns: Columns, shelves: Sequence[str]) -> None:
        """Move the case on the shelves it lies on and put it on new ones; it is never taken off one."""
        moved = {"status": columns["status"], "last_at": columns["last_at"]}
        mine = update(ShelfRow).where(col(ShelfRow.case_id) == columns["case_id"]).values(moved)
        there = {row.shelf for row in self._write(mine.returning(col(ShelfRow.shelf)))}
        same = {"case_id": columns["case_id"], "pack": columns["pack"], **moved}
        new = [{**same, "shelf": shelf} for shelf in shelves if shelf not in there]
        if new:
            placed = self._insert(ShelfRow).values(new).on_conflict_do_nothing()
            self._write(placed.returning(col(ShelfRow.shelf)))

    def list(
        self,
        pack: str,
        *,
        desks: Sequence[str] = (),
        opened_by: str = "",
        escalated: bool = False,
        status: str = "open",
        limit: int = 50,
        after: str = "",
    ) -> Sequence[BoardRow]:
        """The union of the shelves asked for, latest change first; nothing when none is. An empty `status` is any status.

        `after` is `BoardRow.cursor` of the last row seen.
        """
        shelves = [f"agency:{desk}" for desk in dict.fromkeys(desks)]
        shelves += [f"person:{opened_by}"] if opened_by else []
        shelves += [TEAM] if escalated else []
        statuses = [status] if status else [each.value for each in CaseStatus]
        if not shelves or limit < 1:
            return []
        parts = [_newest(pack, group, each, limit, after) for each in statuses for group in _groups(shelves, _BRANCHES)]
        every = union(*(select(part.c.case_id, part.c.last_at) for part in parts)).subquery()
        newest = (
            select(every.c.case_id, every.c.last_at)
            .order_by(every.c.last_at.desc(), every.c.case_id.desc())
            .limit(limit)
            .subquery()
        )
        found = select(CardRow).join(newest, col(CardRow.case_id) == newest.c.case_id)
        ordered = found.order_by(col(CardRow.last_at).desc(), col(CardRow.case_id).desc())
        return [board_value(row) for row in self._all(ordered)]

    def due(self, now: datetime, limit: int = 500, pack: str = "") -> Sequence[str]:
        """Ids of cases whose timer is due, the longest due first; of every town when `pack` is empty."""
        found = select(col(CardRow.case_id)).where(col(CardRow.due_at) <= now)
        mine = found.where(col(CardRow.pack) == pack) if pack else found
        return self._all(mine.order_by(col(CardRow.due_at), col(CardRow.case_id)).limit(limit))

    def owners(self, pack: str) -> Sequence[str]:
        """Agencies that hold an open case, also those that the pack no longer knows; the empty one holds what nobody does."""
        mine = (col(CardRow.pack) == pack, col(CardRow.status) == CaseStatus.OPEN.value)
        return self._all(select(CardRow.owner).where(*mine).distinct().order_by(col(CardRow.owner)))

    def watched(self, pack: str, cases: Sequence[str] | None = None) -> Iterator[WatchRow]:
        """What reminders look at of every open case of a town (None), or of these cases while they are open.

        Rows come as they are asked for, within this transaction: a town's cases are never all in memory at once.
        """
        columns = (CardRow.case_id, CardRow.number, CardRow.opened_by, CardRow.parts)
        found = select(*columns).where(col(CardRow.pack) == pack, col(CardRow.status) == CaseStatus.OPEN.value)
        if cases is not None:
            found = found.where(col(CardRow.case_id).in_(cases))
        for row in self._session.exec(found, execution_options={"yield_per": _AT_ONCE}):
            yield WatchRow(*row)

    def raised(self, pack: str, since: datetime) -> Sequence[tuple[str, datetime]]:
        """(desk that held the case when it was opened, when), oldest first; cases that no desk held are left out."""
        found = select(CardRow.first_desk, CardRow.opened_at).where(
            col(CardRow.pack) == pack, col(CardRow.opened_at) >= since, col(CardRow.first_desk) != ""
        )
        return [(desk, at) for desk, at in self._session.exec(found.order_by(col(CardRow.opened_at)))]


def _newest(pack: str, shelves: Sequence[str], status: str, limit: int, after: str) -> Subquery:
    """The first `limit` cases after the cursor on some shelves of one status: for one shelf as they lie in the index."""
    place = (col(ShelfRow.last_at), col(ShelfRow.case_id))
    found = select(*place).where(
        col(ShelfRow.pack) == pack, col(ShelfRow.shelf).in_(shelves), col(ShelfRow.status) == status
    )
    if len(shelves) > 1:
        found = found.distinct()
    if seen := _cursor(after):
        found = found.where(tuple_(*place) < tuple_(literal(seen[0], UtcTime), literal(seen[1], Words)))
    return found.order_by(*(each.desc() for each in place)).limit(limit).subquery()


def _cursor(text: str) -> tuple[datetime, str] | None:
    """Where a list goes on; from its beginning for what is no cursor (it has been in a browser's address line)."""
    at, _, case_id = text.partition(" ")
    try:
        return utc(datetime.fromisoformat(at)), case_id
    except (ValueError, OverflowError):
        return None


def _groups(shelves: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    size = -(-len(shelves) // most)
    for start in range(0, len(shelves), size):
        yield shelves[start : start + size]


def shelves_of(case: Case, standing: Standing) -> tuple[str, ...]:
    """Whose lists show a case: those who hold, held or were asked to take it, its opener, and the team once it was brought up.

    A case that nobody holds (from before there were desks) lies on the shelf of the desk without a name.
    """
    desks = (*(standing.holders or ("",)), *(referral.agency for referral in standing.referrals))
    team = (TEAM,) if standing.escalations else ()
    return (*(f"agency:{desk}" for desk in dict.fromkeys(desks)), f"person:{case.opened_by}", *team)


def due_at(standing: Standing) -> datetime | None:
    """When time alone will next change the case: a request runs out, or silence leads to one more alert."""
    if standing.status is CaseStatus.CLOSED:
        return None
    moments = [referral.expires_at for referral in standing.referrals if referral.is_open]
    now = standing.escalation
    if now is not None and now.is_open and now.rises_at is not None and now.round < now.plan.most:
        moments.append(now.rises_at)
    return min(moments, default=None)


def card_columns(case: Case, standing: Standing, counts: Sequence[str]) -> Columns:
    """The columns of a case's row."""
    facts = FACTS.validate_json(case.facts)
    waiting = [referral for referral in standing.referrals if referral.is_open]
    return {
        "case_id": case.id,
        "number": case.number,
        "pack": case.pack,
        "status": standing.status.value,
        "owner": standing.owner,
        "first_desk": standing.holders[0] if standing.holders else "",
        "opened_by": case.opened_by,
        "opened_at": case.opened_at,
        "last_at": standing.last_at or case.opened_at,
        "route": case.confirmation.route,
        "urgent": facts.value("urgent") == "yes",
        "issues": " ".join(sorted(facts.set_of("issues"))),
        "waiting_for": " ".join(referral.agency for referral in waiting),
        "answer_by": min((referral.answer_by for referral in waiting), default=None),
        "escalation": standing.escalation.state.value if standing.escalation else "",
        "bounces": standing.bounces(counts),
        "parts": parts_of(standing),
        "due_at": due_at(standing),
    }


def board_value(row: CardRow) -> BoardRow:
    """A case as lists show it."""
    return BoardRow(
        case_id=row.case_id,
        number=row.number,
        pack=row.pack,
        status=row.status,
        owner=row.owner,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        last_at=row.last_at,
        route=row.route,
        urgent=row.urgent,
        issues=tuple(row.issues.split()),
        waiting_for=tuple(row.waiting_for.split()),
        answer_by=row.answer_by,
        escalation=row.escalation,
        bounces=row.bounces,
    )
