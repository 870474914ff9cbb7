"""Who acts for whom, in SQL. Refuses to know names, and how a person was recognised."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select

from routing.people import Actor, Role
from routing.store.desk import Desk
from routing.store.handover_tables import ActingRow


class SqlPeople(Desk):
    """`ports.People`."""

    def get(self, person: str) -> Actor:
        """The actor; one who is mapped to nothing acts for nobody."""
        row = self._first(select(ActingRow).where(col(ActingRow.person) == person))
        return _value(row) if row else Actor(person)

    def put(self, actor: Actor, at: datetime) -> None:
        """Keep for whom somebody acts since `at`; an empty agency is one who left."""
        columns = {"agency": actor.agency, "role": actor.role.value, "since": at}
        row = self._insert(ActingRow).values(person=actor.id, **columns)
        changed = row.on_conflict_do_update(index_elements=["person"], set_=columns)
        self._write(changed.returning(col(ActingRow.person)))

    def of(self, agency: str) -> Sequence[Actor]:
        """Everybody who acts for an agency, the longest first; nobody acts for none."""
        if not agency:
            return []
        found = select(ActingRow).where(col(ActingRow.agency) == agency)
        return [_value(row) for row in self._all(found.order_by(col(ActingRow.since), col(ActingRow.person)))]

    def of_surface(self, prefix: str) -> Sequence[Actor]:
        """Everybody whose id begins with `prefix` (`slack:T…:`) and who acts for some agency."""
        found = select(ActingRow).where(
            col(ActingRow.person).startswith(prefix, autoescape=True), col(ActingRow.agency) != ""
        )
        return [_value(row) for row in self._all(found.order_by(col(ActingRow.person)))]

    def supervisors(self) -> Sequence[Actor]:
        """Every person who acts for some agency as its supervisor, the longest first."""
        found = select(ActingRow).where(col(ActingRow.role) == Role.SUPERVISOR.value, col(ActingRow.agency) != "")
        return [_value(row) for row in self._all(found.order_by(col(ActingRow.since), col(ActingRow.person)))]


def _value(row: ActingRow) -> Actor:
    return Actor(row.person, row.agency, Role(row.role))
