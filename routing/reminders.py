"""What a municipality decides about reminders (`reminders.toml`), validated whole: kinds, caps, hours, who comes after whom.

A town's file lies over the national one, table by table and kind by kind. Refuses to know cases and moments.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.catalogue import Catalogue
from routing.digest import Caps
from routing.errors import PolicyError
from routing.progress import ANCHORS, ROLES, Kind

FILE = "reminders.toml"
MOST_DAYS = 400  # working days that a kind may span: WorkingDays reaches three years back


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(_Strict):
    """Working days, or minutes (of working time unless the kind is for any hour)."""

    days: int | None = Field(None, ge=-60, le=MOST_DAYS)
    minutes: int | None = Field(None, ge=0, le=10_000)

    @property
    def size(self) -> int:
        """The number in its unit."""
        return self.days if self.days is not None else self.minutes or 0


class KindRow(_Strict):
    """`[[kind]]`. `label`: what it is called on screen."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str = ""
    since: str
    first_after: Span
    repeat_every: Span | None = None
    at_most: int = Field(gt=0, le=50)
    to: str
    then: str = ""
    any_hour: bool = False
    alone: bool = False
    catch_up: int = Field(2, ge=0, le=20)
    always: bool = False


class DigestRow(_Strict):
    """`[digest]`."""

    at: time
    lines: int = Field(gt=0, le=100)
    days_between: int = Field(gt=0, le=60)


class WeeklyRow(_Strict):
    """`[weekly]`. `weeks`: looked back; `ahead_days`: meetings told of; `lines`: the most cases of a list.

    A count of cases by cause, issue or place below `least_cell` is not shown, and cannot be worked out.
    """

    at: time
    catch_up: int = Field(ge=0, le=4)
    least_cell: int = Field(3, ge=3, le=50)
    weeks: int = Field(8, ge=2, le=10)
    ahead_days: int = Field(14, ge=1, le=60)
    lines: int = Field(10, gt=0, le=50)


class DeliveryRow(_Strict):
    """`[delivery]`. The lease must outlast the slowest send, and is never longer than `outgoing.LONGEST_REST`."""

    gap_seconds: float = Field(gt=0, le=60)
    lease_seconds: int = Field(ge=30, le=900)
    ask_after_seconds: int = Field(ge=5, le=900)
    again_minutes: tuple[float, ...] = Field(min_length=1, max_length=20)
    batch: int = Field(gt=0, le=1000)


class AuditRow(_Strict):
    """`[audit]`. What is stuck is found within `late_minutes` + `every_minutes`."""

    late_minutes: int = Field(gt=0, le=60)
    every_minutes: int = Field(gt=0, le=60)
    to: str


class RemindersData(_Strict):
    """The file."""

    version: str
    digest: DigestRow
    weekly: WeeklyRow
    delivery: DeliveryRow
    audit: AuditRow
    fallback: Mapping[str, str]
    kind: tuple[KindRow, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Reminders:
    """The data of a town, ready for use. `digest_at`: since midnight."""

    data: RemindersData
    kinds: tuple[Kind, ...]
    caps: Caps
    digest_at: timedelta

    @property
    def fallback(self) -> Mapping[str, str]:
        """Which role comes after which."""
        return self.data.fallback


def load_reminders(catalogue: Catalogue) -> Reminders:
    """The reminder policy of a town. Raises `PolicyError` with every problem."""
    merged: dict[str, Any] = {}
    problems: list[str] = []
    for folder in catalogue.folders:
        path = Path(folder) / FILE
        if path.is_file():
            try:
                content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
                problems += [f"{path.parent.name}/{FILE}: {problem}" for problem in _doubled(content)]
                merged = _lay_over(merged, content)
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                problems.append(f"{path.parent.name}/{FILE}: TOML として読めません（{error}）")
    if problems:
        raise PolicyError(problems)
    try:
        data = RemindersData.model_validate(merged)
    except ValidationError as error:
        raise PolicyError([_problem(e["loc"], e["msg"], merged) for e in error.errors()]) from error
    problems = [f"{FILE}: {problem}" for problem in _check(data, catalogue)]
    if problems:
        raise PolicyError(problems)
    kinds = tuple(_kind(row, rank) for rank, row in enumerate(data.kind))
    caps = Caps(data.digest.lines, data.digest.days_between)
    return Reminders(data, kinds, caps, _since_midnight(data.digest.at))


def _lay_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Tables replace tables, kinds replace the kind of the same id; rows without an id are left for the model to refuse."""
    rows = [*below.get("kind", ()), *above.get("kind", ())]
    if not all(isinstance(row, dict) and "id" in row for row in rows):
        return {**below, **above}
    return {**below, **above, "kind": list({row["id"]: row for row in rows}.values())}


def _doubled(content: Mapping[str, Any]) -> Iterator[str]:
    ids = [row.get("id") for row in content.get("kind", ()) if isinstance(row, dict)]
    for name in sorted({str(each) for each in ids if ids.count(each) > 1}):
        yield f"kind {name}: 同じ id が二度あります"


def _kind(row: KindRow, rank: int) -> Kind:
    return Kind(
        id=row.id,
        since=row.since,
        first=row.first_after.size,
        every=row.repeat_every.size if row.repeat_every else 0,
        at_most=row.at_most,
        to=row.to,
        then=row.then,
        minutes=row.first_after.minutes is not None,
        any_hour=row.any_hour,
        alone=row.alone,
        catch_up=row.catch_up,
        always=row.always,
        rank=rank,
    )


def _check(data: RemindersData, catalogue: Catalogue) -> Iterator[str]:
    for row in data.kind:
        for problem in _check_kind(row):
            yield f"kind {row.id}: {problem}"
    office = catalogue.pack.office
    for name, at in (("digest", data.digest.at), ("weekly", data.weekly.at)):
        if not office.opens <= at < office.closes:
            yield f"{name}: at = {at:%H:%M} は開庁時間（{office.opens:%H:%M}–{office.closes:%H:%M}）の外です"
    if any(minutes <= 0 for minutes in data.delivery.again_minutes):
        yield "delivery: again_minutes に 0 以下の待ち時間があります。0 より大きい分数にしてください"
    if data.audit.to not in ROLES:
        yield f"audit: to = 「{data.audit.to}」は知らない役です（{_some(ROLES)}）"
    yield from _check_fallback(data.fallback)


def _check_kind(row: KindRow) -> Iterator[str]:
    if row.since not in ANCHORS:
        yield f"since = 「{row.since}」は知りません（{_some(ANCHORS)}）"
    for name, role in (("to", row.to), ("then", row.then)):
        if role not in ROLES and not (name == "then" and not role):
            yield f"{name} = 「{role}」は知らない役です（{_some(ROLES)}）"
    for name, span in (("first_after", row.first_after), ("repeat_every", row.repeat_every)):
        if span is not None and (span.days is None) == (span.minutes is None):
            yield f"{name} には days か minutes のどちらか一つを書いてください"
    yield from _check_spans(row)


def _check_spans(row: KindRow) -> Iterator[str]:
    first, every = row.first_after, row.repeat_every
    before_a_day = ANCHORS.get(row.since) == "day"
    if first.size <= 0 and not (before_a_day and first.days is not None):
        yield "first_after が 0 以下です。出来事から数える種類は 1 以上にしてください（日を決めた種類だけ、その前に知らせられます）"
    if every is not None and every.size <= 0:
        yield "repeat_every が 0 日です。1 以上にするか、一度だけなら at_most = 1 にして消してください"
    if every is None and (row.at_most > 1 or row.then):
        yield "at_most が 2 以上、または then があるときは、repeat_every が要ります"
    if every is not None and (every.days is None) != (first.days is None):
        yield "first_after と repeat_every は、同じ単位（days か minutes）で書いてください"
    if first.minutes is not None and (before_a_day or not row.alone):
        yield "minutes で数えるのは、出来事から数える種類で、alone = true のときだけです（まとめは一日に一度のため）"
    if row.any_hour and first.minutes is None:
        yield "any_hour は minutes で数える種類だけに使えます"
    if first.days is not None and first.size + row.at_most * (every.size if every else 0) > MOST_DAYS:
        yield f"最後のお知らせが {MOST_DAYS} 開庁日より先になります。間隔か回数を減らしてください"


def _check_fallback(fallback: Mapping[str, str]) -> Iterator[str]:
    for role, following in fallback.items():
        for name in (role, following):
            if name not in ROLES:
                yield f"fallback: 「{name}」は知らない役です（{_some(ROLES)}）"
    circles = set()
    for role in fallback:
        seen, at = [role], fallback.get(role, "")
        while at and at not in seen:
            seen.append(at)
            at = fallback.get(at, "")
        if at:
            circle = seen[seen.index(at) :]
            circles.add(tuple(circle[circle.index(min(circle)) :] + circle[: circle.index(min(circle))]))
    for circle_ in sorted(circles):
        yield f"fallback: {' → '.join((*circle_, circle_[0]))} と輪になっています。どこかで終わるようにしてください"


def _some(names: Mapping[str, str] | tuple[str, ...]) -> str:
    return "使えるもの: " + ", ".join(names)


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)


def _problem(place: tuple[int | str, ...], words: str, merged: Mapping[str, Any]) -> str:
    """A problem by the kind's id rather than by its number."""
    known = {
        "Field required": "値がありません",
        "Extra inputs are not permitted": "知らない項目です",
    }
    parts = [str(part) for part in place]
    if len(place) > 1 and place[0] == "kind" and isinstance(place[1], int):
        row = merged["kind"][place[1]]
        parts = ["kind", str(row.get("id", place[1] + 1)) if isinstance(row, dict) else str(place[1] + 1), *parts[2:]]
    return f"{FILE}: {' '.join(parts)}: {known.get(words, words)}"
