"""Lines of a file → cases to decide: messages {id, text} through the town's reader, or facts written by hand.

A line with facts: {"id", "facts": {name: value or codes}, "members": [{relation, age_from, age_to, issues}]}. Refuses to
know files and rules.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from knowledge.catalogue import Catalogue
from routing.errors import RoutingError
from routing.facts import Facts, MemberFact, plain_facts
from routing.gather import complete


class CaseLineError(RoutingError):
    """A line of a file of cases cannot be used; the message says which line and why."""

    code = "case_line"

    def __init__(self, line: int, why: str) -> None:
        self.line = line
        super().__init__(
            f'{line} 行目: {why}。{{"id": …, "text": "…"}} か {{"id": …, "facts": {{…}}}} の形で書いてください。'
        )


def cases_of(
    lines: Iterable[str], catalogue: Catalogue, on: date, read: Callable[[str], Facts]
) -> Iterator[tuple[str, Facts]]:
    """(id, facts) of every line that is not empty. `read` turns a message into facts. Raises `CaseLineError`."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except json.JSONDecodeError as error:
            raise CaseLineError(number, "JSON として読めません") from error
        if not isinstance(data, dict) or "id" not in data:
            raise CaseLineError(number, "id がありません")
        if isinstance(data.get("facts"), dict):
            try:
                yield str(data["id"]), facts_of_data(data, catalogue, on)
            except (ValueError, TypeError) as error:
                raise CaseLineError(number, str(error)) from error
        elif isinstance(data.get("text"), str):
            yield str(data["id"]), read(data["text"])
        else:
            raise CaseLineError(number, "text も facts もありません")


def facts_of_data(data: Mapping[str, Any], catalogue: Catalogue, on: date) -> Facts:
    """The facts of one line. Raises ValueError for what the vocabulary does not know."""
    members = tuple(
        MemberFact(
            str(m["relation"]), str(m["relation"]), m.get("age_from"), m.get("age_to"), tuple(m.get("issues", ()))
        )
        for m in data.get("members", ())
    )
    plain = plain_facts(data["facts"])
    unknown = sorted(code for code in plain.set_of("issues") if code not in catalogue.issues)
    if unknown:
        raise ValueError(f"課題「{unknown[0]}」は登録がありません")
    return complete(replace(plain, members=members), catalogue, on)
