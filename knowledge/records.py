"""What every record of a pack shares: immutable, strict columns, spreadsheet cells, sources and dates.

Refuses to know any kind of record.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic import Field as Column


def split_list(value: object) -> object:
    """Turn a spreadsheet cell `a;b；c` into a tuple; other values pass through."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.replace("；", ";").split(";") if part.strip())
    return value


def empty_is_none(value: object) -> object:
    """An empty spreadsheet cell means "not known", never an empty date or number."""
    return None if isinstance(value, str) and not value.strip() else value


Words = Annotated[tuple[str, ...], BeforeValidator(split_list)]
OptionalDate = Annotated[date | None, BeforeValidator(empty_is_none)]
OptionalInt = Annotated[int | None, BeforeValidator(empty_is_none)]
Id = Annotated[str, Column(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]


class Record(BaseModel):
    """Base of every record: immutable, and a column nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class SourceStatus(StrEnum):
    """`sourced`: a document says so. `unsourced`: general knowledge, shown as 要確認. `fictional`: 見本市 only."""

    SOURCED = "sourced"
    UNSOURCED = "unsourced"
    FICTIONAL = "fictional"


class Source(Record):
    """Where a fact comes from. A source without an address is a document handed to us."""

    id: Id = Column(title="ID")
    title: str = Column(title="資料名", min_length=1)
    publisher: str = Column("", title="発行者")
    url: str = Column("", title="URL")
    status: SourceStatus = Column(title="区分")
    checked_on: OptionalDate = Column(None, title="確認日")


class Sourced(Record):
    """A record that can go stale: it names its sources and when a person last verified it."""

    sources: Words = Column((), title="出典")
    verified_on: OptionalDate = Column(None, title="確認日")
    note: str = Column("", title="備考")


class Dated(Sourced):
    """A record that holds from a day to a day, both included; open ends are empty."""

    effective_from: OptionalDate = Column(None, title="開始日")
    effective_to: OptionalDate = Column(None, title="終了日")

    def in_force(self, on: date) -> bool:
        """Whether the record holds on that day."""
        return (self.effective_from is None or self.effective_from <= on) and (
            self.effective_to is None or on <= self.effective_to
        )
