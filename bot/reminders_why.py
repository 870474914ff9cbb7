"""Why a reminder was or was not sent: every occurrence of a case with its state and record, in words, for terminal and web.

Refuses to know how it is shown.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from routing.outgoing import Attempt, Occurrence
from routing.ports import UnitOfWork
from routing.reminders import Reminders
from routing.worktime import local

_WORDS = Path(__file__).parent / "templates" / "reminders" / "words.toml"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the record of an occurrence."""

    at: str
    outcome: str
    why: str
    by: str
    target: str


@dataclass(frozen=True, slots=True)
class Told:
    """One occurrence in words. `final` and `due` are moments in Tokyo, empty where there is none."""

    key: str
    kind: str
    rule: str
    recipient: str
    chain: Sequence[str]
    state: str
    made: str
    due: str
    final: str
    record: Sequence[Entry]


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(_WORDS.read_text("utf-8"))


def why(unit: UnitOfWork, case_id: str, reminders: Reminders, person: str = "") -> list[Told]:
    """Every occurrence about a case, oldest first; with `person` (`person:…`, `post:…`, `agency:…`) only theirs."""
    found = unit.outbox.of_case(case_id)
    return [
        _told(each, unit.outbox.attempts(each.message.key), reminders)
        for each in found
        if not person or person in (each.message.recipient, *each.message.chain)
    ]


def _told(each: Occurrence, record: Sequence[Attempt], reminders: Reminders) -> Told:
    message = each.message
    labels = {row.id: row.label for row in reminders.data.kind if row.label}
    return Told(
        key=message.key,
        kind=labels.get(message.kind) or _words()["kind"].get(message.kind, message.kind),
        rule=f"{message.kind}（reminders.toml {reminders.data.version}）" if message.kind in labels else message.kind,
        recipient=message.recipient,
        chain=message.chain,
        state=_words()["state"][each.state.value],
        made=_moment(message.created_at),
        due="" if each.final_at else _moment(message.not_before),
        final=_moment(each.final_at) if each.final_at else "",
        record=[_entry(entry) for entry in record],
    )


def _entry(entry: Attempt) -> Entry:
    outcome = _words()["outcome"][entry.outcome.value]
    return Entry(_moment(entry.at), outcome, _words()["why"].get(entry.why, entry.why), entry.by, entry.target)


def _moment(at: datetime) -> str:
    return f"{local(at):%Y-%m-%d %H:%M:%S}"
