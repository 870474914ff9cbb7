"""The work of Teams: its desks and happenings, worked off as `bot.deskwork` does. Refuses to know what a happening means."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace

from bot.deskwork import DeskWorker, Later
from bot.teams.contacts import note
from bot.teams.desk import Desk, from_stored, to_stored
from bot.teams.happening import Happening, desk_from, happening_of, stored
from bot.teams.people import People
from bot.teams.talks import Step
from routing.ports import StoredTurn
from routing.store import SqlStore

Stepper = Callable[[Desk, Happening], Step]


class Worker(DeskWorker[Desk, Happening]):
    """`step` does one happening; `give_up(talk)` closes a turn that cannot be done; `after(key)` is told when one is done and
    saved; `give_way` waits while others are being taken in."""

    def __init__(
        self,
        store: SqlStore,
        people: People,
        step: Stepper,
        give_up: Callable[[str], None],
        pool: Executor,
        later: Later,
        after: Callable[[str], None] = lambda _: None,
        give_way: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(store, pool, later)
        self._people, self._step, self._give_up = people, step, give_up
        self._after, self._give_way = after, give_way

    def stored(self, what: Happening) -> StoredTurn:
        """A happening as a turn of its desk's own stream."""
        return stored(what)

    def desk_from(self, stream: str) -> str:
        """The desk whose stream it is; empty when it is none of Teams'."""
        return desk_from(stream) or ""

    def read(self, name: str, turn: StoredTurn) -> tuple[Desk, Happening]:
        """A desk as it is stored, and what is to be done there."""
        with self._store.unit(reading=True) as unit:
            desk = from_stored(unit.dialogues.get(name), name)
        return desk, happening_of(turn)

    def step(self, desk: Desk, what: Happening, careful: bool) -> Desk:  # noqa: ARG002 - a card is never sent twice here
        """Do it; the desk afterwards."""
        return self._step(desk, what).desk

    def give_up(self, desk: Desk) -> None:
        """The waiting turns of its talks say so in their transcript."""
        for talk in (*desk.places, f"desk:{desk.name}"):
            self._give_up(talk)

    def save(self, before: Desk, after: Desk, what: Happening, turn: StoredTurn) -> None:
        """Keep the desk and that the turn is done."""
        self._give_way()
        desk = replace(after, version=before.version)
        with self._store.unit() as unit:
            unit.dialogues.put(to_stored(desk, turn.received_at))
            note(unit, self._people, what, desk)
            unit.turns.done(turn.conversation, turn.message, turn.received_at)
            unit.commit()
        self._after(what.key)
