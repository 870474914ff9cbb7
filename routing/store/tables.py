"""The tables. Knows columns and unique keys; refuses to know the values of the domain (see `convert`).

Whatever changes here needs a migration: a test compares both on SQLite and PostgreSQL. Columns that hold a Fernet token
(`raw`, `secret`, `sealed`, `token`) are unreadable without the key.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import ForeignKeyConstraint, Index, MetaData, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from routing.store.columns import UtcTime, Words

NAMES = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
}


class Row(SQLModel):
    """Base of every table; keeps its own metadata so that nothing else can slip into the schema."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMES)


class TurnRow(Row, table=True):
    """`StoredTurn`; `id` is the order of arrival, `raw` a token, `done_at` empty until its effects are saved."""

    __tablename__ = "turn"
    __table_args__ = (
        UniqueConstraint("conversation", "message"),
        Index(
            "ix_turn_waiting",
            "conversation",
            "id",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    conversation: str = Field(sa_type=Words)
    message: str = Field(sa_type=Words)
    surface: str = Field(sa_type=Words)
    actor: str = Field(sa_type=Words)
    received_at: datetime = Field(sa_type=UtcTime)
    kind: str = Field(sa_type=Words)
    masked: str = Field(sa_type=Words)
    raw: str = Field(sa_type=Text)
    done_at: datetime | None = Field(default=None, sa_type=UtcTime)


class DialogueRow(Row, table=True):
    """`StoredDialogue`; `form` is its `schema`, `secret` a token."""

    __tablename__ = "dialogue"
    __table_args__ = (Index(None, "owner", "updated_at"), Index(None, "resume_hash"))

    conversation: str = Field(sa_type=Words, primary_key=True)
    owner: str = Field(sa_type=Words)
    form: int
    value: str = Field(sa_type=Words)
    secret: str = Field(sa_type=Text)
    version: int
    updated_at: datetime = Field(sa_type=UtcTime)
    resume_hash: str = Field(sa_type=Words)


class CaseRow(Row, table=True):
    """`Case`; `confirmation` and `sheet` are JSON, `decided_on` is its `on`."""

    __tablename__ = "case_file"
    __table_args__ = (UniqueConstraint("number"), Index(None, "opened_by", "opened_at"), Index(None, "opened_at"))

    id: str = Field(sa_type=Words, primary_key=True)
    number: str = Field(sa_type=Words)
    pack: str = Field(sa_type=Words)
    pack_digest: str = Field(sa_type=Words)
    policy_digest: str = Field(sa_type=Words)
    decided_on: date
    opened_at: datetime = Field(sa_type=UtcTime)
    opened_by: str = Field(sa_type=Words)
    masked_text: str = Field(sa_type=Words)
    reading: str = Field(sa_type=Words)
    facts: str = Field(sa_type=Words)
    proposal: str = Field(sa_type=Words)
    confirmation: str = Field(sa_type=Words)
    form_version: str = Field(sa_type=Words)
    sheet: str = Field(sa_type=Words)
    status: str = Field(sa_type=Words)
    version: int


class EventRow(Row, table=True):
    """`Event`; `seq` counts from 1 within its case, `data` is JSON."""

    __tablename__ = "case_event"
    __table_args__ = (ForeignKeyConstraint(["case_id"], ["case_file.id"]),)

    case_id: str = Field(sa_type=Words, primary_key=True)
    seq: int = Field(primary_key=True)
    kind: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=UtcTime)
    actor: str = Field(sa_type=Words)
    data: str = Field(sa_type=Words)


class VersionRow(Row, table=True):
    """A pack or policy that a decision was made with; `kind` is `pack` or `policy`, `body` JSON without personal details."""

    __tablename__ = "kept_version"

    kind: str = Field(sa_type=Words, primary_key=True)
    digest: str = Field(sa_type=Words, primary_key=True)
    body: str = Field(sa_type=Words)
    kept_at: datetime = Field(sa_type=UtcTime)


class CounterRow(Row, table=True):
    """The last case number given out per prefix and year."""

    __tablename__ = "case_counter"

    prefix: str = Field(sa_type=Words, primary_key=True)
    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: int


class IdentityRow(Row, table=True):
    """`Identity` as one token. The case may be written later in the same transaction, hence the deferred key."""

    __tablename__ = "identity"
    __table_args__ = (ForeignKeyConstraint(["case_id"], ["case_file.id"], deferrable=True, initially="DEFERRED"),)

    case_id: str = Field(sa_type=Words, primary_key=True)
    sealed: str = Field(sa_type=Text)


class KeyRow(Row, table=True):
    """A token of a known word, so that a wrong key is noticed before anything is written with it."""

    __tablename__ = "store_key"

    name: str = Field(sa_type=Words, primary_key=True)
    token: str = Field(sa_type=Text)
