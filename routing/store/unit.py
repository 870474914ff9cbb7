"""One transaction with its repositories. Knows that nothing stays unless `commit` was called; refuses to know SQL."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from sqlalchemy import Engine
from sqlmodel import Session

from routing.figures import Figures
from routing.outgoing import Beats, Contacts, Inbox, Outbox
from routing.placed import PlacedCards
from routing.ports import Board, Cases, Dialogues, Households, Identities, Links, Notes, People, Turns, Versions
from routing.store.board import SqlBoard
from routing.store.casework import SqlCases, SqlIdentities
from routing.store.contacts import SqlBeats, SqlContacts, SqlInbox
from routing.store.figures import SqlFigures
from routing.store.households import SqlHouseholds
from routing.store.lanes import SqlOutbox
from routing.store.links import SqlLinks
from routing.store.notes import SqlNotes
from routing.store.people import SqlPeople
from routing.store.placed import SqlPlacedCards
from routing.store.secrets import Sealer
from routing.store.talk import SqlDialogues, SqlTurns
from routing.store.versions import SqlVersions


class SqlUnitOfWork:
    """`ports.UnitOfWork`. The transaction begins with the first statement; nothing slow belongs inside the block.

    Every method may raise the `StoreError`s (`StoreLocked`, `StoreReadOnly`, `StoreUnreachable` …).
    """

    turns: Turns
    dialogues: Dialogues
    cases: Cases
    identities: Identities
    versions: Versions
    outbox: Outbox
    contacts: Contacts
    inbox: Inbox
    placed: PlacedCards
    beats: Beats
    notes: Notes
    board: Board
    households: Households
    links: Links
    people: People
    figures: Figures

    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine, self._sealer = engine, sealer

    def __enter__(self) -> Self:
        session = self._session = Session(self._engine, autoflush=False)
        self.turns = SqlTurns(session, self._sealer)
        self.dialogues = SqlDialogues(session, self._sealer)
        self.cases = SqlCases(session, self._sealer)
        self.identities = SqlIdentities(session, self._sealer)
        self.versions = SqlVersions(session, self._sealer)
        self.outbox = SqlOutbox(session, self._sealer)
        self.contacts = SqlContacts(session, self._sealer)
        self.inbox = SqlInbox(session, self._sealer)
        self.placed = SqlPlacedCards(session, self._sealer)
        self.beats = SqlBeats(session, self._sealer)
        self.notes = SqlNotes(session, self._sealer)
        self.board = SqlBoard(session, self._sealer)
        self.households = SqlHouseholds(session, self._sealer)
        self.links = SqlLinks(session, self._sealer)
        self.people = SqlPeople(session, self._sealer)
        self.figures = SqlFigures(session, self._sealer)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()  # rolls back what was not committed

    def commit(self) -> None:
        """Make everything since the last commit stay. Raises `UnknownCase` for an identity without its case."""
        self._session.commit()
