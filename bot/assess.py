"""Messages in, one JSON object per line out: what `tsunagu assess --jsonl` prints and score.py reads.

Same input, same pack, same day: same bytes. A broken line gets an object with `error` and the run goes on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from bot.shows import proposal_data
from bot.world import Town
from knowledge.reading.identity import mask
from knowledge.reading.model import HOUSEHOLD, Finding, FoundBy, Polarity, Reading, Span
from routing.decision import decide
from routing.gather import facts_of
from routing.proposal import Proposal


def assess(town: Town, text: str, on: date, issues: Iterable[str] | None = None) -> dict[str, Any]:
    """One message assessed, without its id. Every word shown is masked.

    `issues`: codes that are given (`--gold-issues`) instead of being read; everything else is read as always.
    """
    reading = town.reader.read(text, on)
    if issues is not None:
        reading = town.reader.again(reading, with_issues(reading, issues))
    facts = facts_of(reading, town.catalogue, on, town.policy.sure, town.policy.ask_issue_from, town.policy.lean)
    return describe(town, reading, decide(facts, town.policy, town.catalogue, on))


def with_issues(reading: Reading, issues: Iterable[str]) -> Reading:
    """The reading with exactly these issues, spans and holders kept where the text was read the same."""
    found = {f.code: f for f in (*reading.set_aside, *reading.findings)}
    given = tuple(
        replace(found[code], polarity=Polarity.PRESENT, found_by=FoundBy.PERSON)
        if code in found
        else Finding(code, Span(0, 0), HOUSEHOLD, Polarity.PRESENT, FoundBy.PERSON)
        for code in dict.fromkeys(issues)
    )
    return replace(reading, findings=given, set_aside=(), maybe=())


def describe(town: Town, reading: Reading, proposal: Proposal) -> dict[str, Any]:
    """A reading and a proposal as plain data."""
    shown = mask(reading.text, reading.identity)
    data = proposal_data(proposal)
    labels = town.renderer
    return {
        "issues": [_finding(f, shown) for f in reading.findings],
        "maybe": [
            {"code": m.code, "score": m.score, "text": m.span.of(shown) if m.span else ""} for m in reading.maybe
        ],
        "set_aside": [_finding(f, shown) for f in reading.set_aside],
        "members": [
            {
                "who": m.key,
                "relation": m.relation,
                "age": m.age if m.age is not None else m.age_text,
                "count": m.count,
                "outside": m.outside,
            }
            for m in reading.members
        ],
        "fields": list(proposal.fields),
        "decision": proposal.route,
        "meeting": _meeting(town, proposal),
        "meeting_local": _local(town, proposal),
        "consent": proposal.consent if proposal.route != "single_window" else "unknown",
        "urgent": proposal.urgent,
        "urgent_reasons": [reason for reason, _ in reading.urgency.reasons],
        "duties": [{"id": d.duty, "label": town.catalogue.duties[d.duty].label} for d in proposal.duties],
        "agencies": [
            {"id": t.agency, "name": town.catalogue.agencies[t.agency].name, "field": t.field} for t in proposal.targets
        ],
        "reasons": [{"id": r["rule"], "text": labels.reason(r)} for r in _list(data["reasons"])],
        "why_not": [
            {"id": w["rule"], "route": w["route"], "text": labels.reason(w), "change": labels.change(w)}
            for w in _list(data["why_not"])
        ],
        "missing": list(proposal.missing),
    }


def _list(value: object) -> list[dict[str, Any]]:
    return value if isinstance(value, list) else []


def _finding(finding: Finding, shown: str) -> dict[str, Any]:
    span = finding.span
    return {
        "code": finding.code,
        "text": span.of(shown),
        "start": span.start,
        "end": span.end,
        "holder": finding.holder,
        "polarity": finding.polarity.value,
        "found_by": finding.found_by.value,
    }


def _meeting(town: Town, proposal: Proposal) -> str | None:
    """GUIDE's canonical kind; null in multi_agency while consent is unknown; `none` for a single window."""
    if proposal.route == "single_window":
        return "none"
    if proposal.meeting is None:
        return None
    return town.catalogue.meeting_kinds[proposal.meeting.kind].label


def _local(town: Town, proposal: Proposal) -> str | None:
    if proposal.meeting is None or not proposal.meeting.body:
        return None
    return town.catalogue.meetings[proposal.meeting.body].name


def assess_lines(town: Town, lines: Iterable[str], on: date, gold: bool = False) -> Iterator[tuple[str, bool]]:
    """(JSON line, whether it went well) for every non-empty line of input."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            result, good = _one(town, json.loads(line), on, gold), True
        except (json.JSONDecodeError, TypeError, ValueError) as error:
            reason = str(error) if not isinstance(error, json.JSONDecodeError) else "JSON として読めません"
            result, good = {"id": None, "line": number, "error": reason}, False
        yield json.dumps(result, ensure_ascii=False), good


def _one(town: Town, message: object, on: date, gold: bool) -> Mapping[str, Any]:
    if not isinstance(message, dict) or "id" not in message or not isinstance(message.get("text"), str):
        raise ValueError('{"id": …, "text": "…"} の形ではありません')
    issues = message.get("issues") if gold else None
    if gold and not (isinstance(issues, list) and all(code in town.catalogue.issues for code in issues)):
        raise ValueError("--gold-issues では issues に課題コードの並びが要ります")
    return {"id": message["id"], **assess(town, message["text"], on, issues)}
