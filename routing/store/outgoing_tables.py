"""The tables of what leaves: occurrences, their record, the pace of addresses, contacts, the web's inbox, signs of life.

Whatever changes here needs a migration, as in `tables`. Refuses to know the values of the domain (see `outgoing_convert`).
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field

from routing.store.columns import UtcTime, Words
from routing.store.tables import Row


class OutboxRow(Row, table=True):
    """`Occurrence`; `chain` is JSON. `leased_until` is empty unless somebody is sending it."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(None, "state", "not_before"),
        Index(None, "state", "surface", "address", "not_before"),
        Index(None, "about"),
    )

    key: str = Field(sa_type=Words, primary_key=True)
    kind: str = Field(sa_type=Words)
    surface: str = Field(sa_type=Words)
    recipient: str = Field(sa_type=Words)
    payload: str = Field(sa_type=Words)
    created_at: datetime = Field(sa_type=UtcTime)
    not_before: datetime = Field(sa_type=UtcTime)
    attempts: int
    state: str = Field(sa_type=Words)
    leased_until: datetime | None = Field(default=None, sa_type=UtcTime)
    receipt: str = Field(sa_type=Words)
    about: str = Field(sa_type=Words)
    chain: str = Field(sa_type=Words)
    step: int
    address: str = Field(sa_type=Words)
    tries: int
    doubt: bool
    claimed_by: str = Field(sa_type=Words)
    final_at: datetime | None = Field(default=None, sa_type=UtcTime)


class AttemptRow(Row, table=True):
    """`Attempt`, append only; `id` is the order."""

    __tablename__ = "outbox_attempt"
    __table_args__ = (ForeignKeyConstraint(["key"], ["outbox.key"]), Index(None, "key"))

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(sa_type=Words)
    number: int
    at: datetime = Field(sa_type=UtcTime)
    outcome: str = Field(sa_type=Words)
    why: str = Field(sa_type=Words)
    by: str = Field(sa_type=Words)
    target: str = Field(sa_type=Words)


class LineRow(Row, table=True):
    """`Line`."""

    __tablename__ = "outbox_line"
    __table_args__ = (
        ForeignKeyConstraint(["part_of"], ["outbox.key"]),
        Index(None, "about"),
        Index(None, "told_on"),
    )

    key: str = Field(sa_type=Words, primary_key=True)
    part_of: str = Field(sa_type=Words)
    about: str = Field(sa_type=Words)
    kind: str = Field(sa_type=Words)
    recipient: str = Field(sa_type=Words)
    told_on: date


class LaneRow(Row, table=True):
    """When an address may be written to again, and when its turn is by the pace alone (earlier, when it was served late)."""

    __tablename__ = "lane"

    surface: str = Field(sa_type=Words, primary_key=True)
    address: str = Field(sa_type=Words, primary_key=True)
    free_at: datetime = Field(sa_type=UtcTime)
    turn_at: datetime = Field(sa_type=UtcTime)


class ContactRow(Row, table=True):
    """`Contact`."""

    __tablename__ = "contact"

    recipient: str = Field(sa_type=Words, primary_key=True)
    surface: str = Field(sa_type=Words, primary_key=True)
    address: str = Field(sa_type=Words, primary_key=True)
    state: str = Field(sa_type=Words)
    rank: int
    why: str = Field(sa_type=Words)
    changed_at: datetime = Field(sa_type=UtcTime)


class PlacedCardRow(Row, table=True):
    """`PlacedCard`."""

    __tablename__ = "placed_card"
    __table_args__ = (ForeignKeyConstraint(["case_id"], ["case_file.id"]), Index(None, "case_id"))

    surface: str = Field(sa_type=Words, primary_key=True)
    address: str = Field(sa_type=Words, primary_key=True)
    case_id: str = Field(sa_type=Words, primary_key=True)
    kind: str = Field(sa_type=Words, primary_key=True)
    subject: str = Field(sa_type=Words, primary_key=True)
    place: str = Field(sa_type=Words)
    key: str = Field(sa_type=Words)
    shown: int
    placed_at: datetime = Field(sa_type=UtcTime)


class InboxRow(Row, table=True):
    """`InboxItem`."""

    __tablename__ = "inbox"
    __table_args__ = (Index(None, "recipient", "put_at"),)

    key: str = Field(sa_type=Words, primary_key=True)
    recipient: str = Field(sa_type=Words, primary_key=True)
    kind: str = Field(sa_type=Words)
    payload: str = Field(sa_type=Words)
    put_at: datetime = Field(sa_type=UtcTime)
    read_at: datetime | None = Field(default=None, sa_type=UtcTime)
    read_by: str = Field(sa_type=Words)


class BeatRow(Row, table=True):
    """When somebody last lived."""

    __tablename__ = "beat"

    name: str = Field(sa_type=Words, primary_key=True)
    at: datetime = Field(sa_type=UtcTime)
