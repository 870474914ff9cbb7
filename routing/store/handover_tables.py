"""The tables of what follows a proposal: the board, its shelves, notes, households' marks, one-time links, who acts for whom.

Whatever changes here needs a migration, as in `tables`. Refuses to know the values of the domain.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from routing.store.columns import UtcTime, Words
from routing.store.tables import Row

_WAITS = text("due_at IS NOT NULL")


class CardRow(Row, table=True):
    """`BoardRow`; lists are words between spaces. `first_desk` held the case when it was opened, `due_at` is when a timer acts."""

    __tablename__ = "board"
    __table_args__ = (
        ForeignKeyConstraint(["case_id"], ["case_file.id"]),
        Index("ix_board_due_at", "due_at", sqlite_where=_WAITS, postgresql_where=_WAITS),
        Index(None, "pack", "opened_at", "first_desk"),
        Index(None, "pack", "status", "owner"),
    )

    case_id: str = Field(sa_type=Words, primary_key=True)
    number: str = Field(sa_type=Words)
    pack: str = Field(sa_type=Words)
    status: str = Field(sa_type=Words)
    owner: str = Field(sa_type=Words)
    first_desk: str = Field(sa_type=Words)
    opened_by: str = Field(sa_type=Words)
    opened_at: datetime = Field(sa_type=UtcTime)
    last_at: datetime = Field(sa_type=UtcTime)
    route: str = Field(sa_type=Words)
    urgent: bool
    issues: str = Field(sa_type=Words)
    waiting_for: str = Field(sa_type=Words)
    answer_by: datetime | None = Field(default=None, sa_type=UtcTime)
    escalation: str = Field(sa_type=Words)
    bounces: int
    parts: str = Field(sa_type=Words)
    due_at: datetime | None = Field(default=None, sa_type=UtcTime)


class ShelfRow(Row, table=True):
    """Which lists show a case: `agency:…`, `person:…` or `team`. Repeats what lists sort and choose by, to be one index scan."""

    __tablename__ = "board_shelf"
    __table_args__ = (
        ForeignKeyConstraint(["case_id"], ["case_file.id"]),
        Index(None, "pack", "shelf", "status", "last_at", "case_id"),
    )

    case_id: str = Field(sa_type=Words, primary_key=True)
    shelf: str = Field(sa_type=Words, primary_key=True)
    pack: str = Field(sa_type=Words)
    status: str = Field(sa_type=Words)
    last_at: datetime = Field(sa_type=UtcTime)


class NoteRow(Row, table=True):
    """A text that a case keeps under a key; `sealed` is a token."""

    __tablename__ = "note"
    __table_args__ = (ForeignKeyConstraint(["case_id"], ["case_file.id"]), UniqueConstraint("case_id", "key"))

    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(sa_type=Words)
    key: str = Field(sa_type=Words)
    sealed: str = Field(sa_type=Text)


class MarkRow(Row, table=True):
    """That a case is of a household: `hash` is keyed, so that nobody can try names without the key."""

    __tablename__ = "household"
    __table_args__ = (ForeignKeyConstraint(["case_id"], ["case_file.id"]), Index(None, "case_id"))

    hash: str = Field(sa_type=Text, primary_key=True)
    case_id: str = Field(sa_type=Words, primary_key=True)


class LinkRow(Row, table=True):
    """`Link`."""

    __tablename__ = "link"
    __table_args__ = (ForeignKeyConstraint(["case_id"], ["case_file.id"]),)

    token_hash: str = Field(sa_type=Words, primary_key=True)
    code_hash: str = Field(sa_type=Words)
    case_id: str = Field(sa_type=Words)
    referral: int
    made_at: datetime = Field(sa_type=UtcTime)
    made_by: str = Field(sa_type=Words)
    expires_at: datetime = Field(sa_type=UtcTime)
    most_wrong: int
    wrong: int
    used_at: datetime | None = Field(default=None, sa_type=UtcTime)
    opened_at: datetime | None = Field(default=None, sa_type=UtcTime)


class ActingRow(Row, table=True):
    """For whom a person of a surface acts, in which role, since when."""

    __tablename__ = "acting"
    __table_args__ = (Index(None, "agency"),)

    person: str = Field(sa_type=Words, primary_key=True)
    agency: str = Field(sa_type=Words)
    role: str = Field(sa_type=Words)
    since: datetime = Field(sa_type=UtcTime)
