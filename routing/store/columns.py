"""Column types of the store: moments in UTC and text that every database can hold.

Knows how a value is made storable (`storable`) and refuses what cannot be told apart later: a datetime without a zone.
Refuses to know any table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar, cast

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.types import TypeDecorator

T = TypeVar("T")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


class NaiveDatetime(DontWrapMixin, ValueError):
    """A datetime without a time zone was handed to the store: a mistake in the program, not in the data."""


def utc(moment: datetime) -> datetime:
    """The same moment in UTC. Raises `NaiveDatetime` when the zone is missing."""
    if moment.utcoffset() is None:
        raise NaiveDatetime("a datetime without time zone reached the store; give datetime(..., tzinfo=...)")
    return moment.astimezone(UTC)


def storable_text(text: str) -> str:
    """`text` with NUL (PostgreSQL refuses it) and lone surrogates (UTF-8 refuses them) replaced by U+FFFD."""
    return _UNSTORABLE.sub(REPLACEMENT, text)


def storable(value: T) -> T:
    """`value` as the store will give it back: texts storable, moments in UTC, mappings plain dicts; recursive.

    Raises `NaiveDatetime`.
    """
    return cast(T, _storable(value))


def _storable(value: Any) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, datetime):
        return utc(value)
    if isinstance(value, Mapping):
        return {_storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(_storable(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _storable(getattr(value, each.name)) for each in fields(value)})
    return value


class UtcTime(TypeDecorator[datetime]):
    """A moment: aware datetimes in, UTC datetimes out, on SQLite (which keeps no zone) as on PostgreSQL."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text of any length; what no database can hold is replaced on the way in, also when it is only compared."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable_text(value)
