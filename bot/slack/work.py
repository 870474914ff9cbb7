"""The work of Slack: its desks and happenings, worked off as `bot.deskwork` does. Refuses to know what a happening means."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace

from bot.deskwork import DeskWorker, Later
from bot.slack.desk import Desk, from_stored, to_stored
from bot.slack.happening import SURFACE, Happening, desk_from, happening_of, stored
from bot.slack.talks import Step
from routing.outgoing import Contact
from routing.ports import StoredTurn
from routing.store import SqlStore

Stepper = Callable[[Desk, Happening, bool], Step]


class Worker(DeskWorker[Desk, Happening]):
    """`step` does one happening; `give_up(talk)` closes a turn that cannot be done; `after(what)` is told when one is done and
    saved."""

    def __init__(
        self,
        store: SqlStore,
        step: Stepper,
        give_up: Callable[[str], None],
        pool: Executor,
        later: Later,
        after: Callable[[Happening], None] = lambda _: None,
    ) -> None:
        super().__init__(store, pool, later)
        self._step, self._give_up, self._after = step, give_up, after

    def stored(self, what: Happening) -> StoredTurn:
        """A happening as a turn of its desk's own stream."""
        return stored(what)

    def desk_from(self, stream: str) -> str:
        """The desk whose stream it is; empty when it is none of Slack's."""
        return desk_from(stream) or ""

    def read(self, name: str, turn: StoredTurn) -> tuple[Desk, Happening]:
        """A desk as it is stored, and what is to be done there."""
        with self._store.unit(reading=True) as unit:
            desk = from_stored(unit.dialogues.get(name), name)
        return desk, happening_of(turn)

    def step(self, desk: Desk, what: Happening, careful: bool) -> Desk:
        """Do it; the desk afterwards."""
        return self._step(desk, what, careful).desk

    def give_up(self, desk: Desk) -> None:
        """The waiting turns of its talks say so in their transcript."""
        for talk in desk.places:
            self._give_up(talk)

    def save(self, before: Desk, after: Desk, what: Happening, turn: StoredTurn) -> None:
        """Keep the desk and that the turn is done."""
        desk = replace(after, version=before.version)
        with self._store.unit() as unit:
            unit.dialogues.put(to_stored(desk, turn.received_at))
            if not desk.version:  # somebody new: from now on they can be written to
                person = Contact(f"person:{desk.name}", SURFACE, desk.name.split(":")[2])
                if all(known.surface != SURFACE for known in unit.contacts.of(person.recipient)):
                    unit.contacts.put(person, turn.received_at)
            unit.turns.done(turn.conversation, turn.message, turn.received_at)
            unit.commit()
        self._after(what)
