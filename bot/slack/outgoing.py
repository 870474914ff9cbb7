"""An occurrence → the messages it is in Slack as things stand now: the card of a case, a digest in parts, the weekly nudge, a word.

Knows which line of a digest was answered since, and whether somebody must be called who does not look. Refuses to know
channels, requests and wording.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from bot.cards import Card, Picture
from bot.notices import notice_view
from bot.nudges import nudge_view
from bot.pictures import picture_of
from bot.slack import rows
from bot.slack.cards import message_of, words_of
from bot.slack.happening import SURFACE
from bot.slack.marks import Stand
from bot.slack.show import Showing
from bot.slack.words import word
from bot.views import Row, View
from bot.world import Town
from routing.alerts import ESCALATION, REFERRAL
from routing.cases import CaseStatus, EventKind
from routing.digest import WEEKLY
from routing.outgoing import OutgoingMessage
from routing.placed import PlacedCard
from routing.ports import UnitOfWork
from routing.standing import replay
from routing.work import CaseNow

ALERT = "!"
_CASE_KINDS = frozenset({ESCALATION, REFERRAL})
_RINGS = frozenset({EventKind.ROSE.value})  # news that must not come as a silent change of a card
_ANSWERS = (EventKind.PROGRESSED, EventKind.STUCK, EventKind.LATER, EventKind.NEVER, EventKind.CLOSED)
_SHOW = "case:show"


@dataclass(frozen=True, slots=True)
class Posted:
    """`messages`: `text` and `blocks` of each. `version`: of the case, if it is about one. `bell`: what to say below a card
    that was changed in place, empty when a change is enough."""

    messages: tuple[Mapping[str, Any], ...]
    version: int = 0
    bell: str = ""
    picture: Picture | None = None


def about(message: OutgoingMessage, address: str) -> PlacedCard | None:
    """The card that an occurrence is a state of, not placed yet; None for what is a message of its own."""
    if message.kind not in _CASE_KINDS or not message.about:
        return None
    subject = str(json.loads(message.payload).get("number", ""))
    return PlacedCard(SURFACE, address, message.about, message.kind, subject, "", message.key)


def posted(sent: OutgoingMessage, unit: UnitOfWork, town: Town, showing: Showing, at: datetime) -> Posted:
    """What an occurrence is now."""
    payload: Mapping[str, Any] = json.loads(sent.payload)
    if sent.kind in _CASE_KINDS:
        return _of_case(sent, payload, unit, town, showing)
    if sent.kind == WEEKLY:
        view = nudge_view(unit, town, sent.recipient, date.fromisoformat(payload["week"]), at)
        made = _parts(showing.card(view), None, Stand(f"{ALERT}{sent.key}", 1, outside=True))
        return Posted(made, picture=picture_of(view))
    view = notice_view(payload, sent.kind, town, None)
    stand = Stand(f"{ALERT}{sent.key}", 1, outside=True)
    return Posted(_parts(showing.card(view), showing.card(answered(view, payload, sent.created_at, unit)), stand))


def _of_case(
    sent: OutgoingMessage, payload: Mapping[str, Any], unit: UnitOfWork, town: Town, showing: Showing
) -> Posted:
    case = unit.cases.by_number(str(payload.get("case", "")))
    now = CaseNow(case, replay(unit.cases.events(case.id))) if case is not None else None
    card = showing.card(notice_view(payload, sent.kind, town, now, None))
    version = case.version if case else 0
    bell = card.title if payload.get("event") in _RINGS else ""
    return Posted((message_of(card, Stand(f"{ALERT}{sent.key}", version, outside=True)),), version, bell)


def answered(view: View, payload: Mapping[str, Any], since: datetime, unit: UnitOfWork) -> View:
    """A digest whose answered lines say so and cannot be answered again."""
    lines: Sequence[Mapping[str, Any]] = payload.get("lines") or ([payload] if "since" in payload else [])
    if len(lines) != len(view.rows):
        return view
    return replace(
        view, rows=tuple(_row(row, _answer(line, since, unit)) for row, line in zip(view.rows, lines, strict=True))
    )


def _answer(line: Mapping[str, Any], since: datetime, unit: UnitOfWork) -> str:
    case = str(line.get("case_id") or "")
    if not case:
        return ""
    events = unit.cases.events(case)
    if replay(events).status is CaseStatus.CLOSED:
        return EventKind.CLOSED.value
    return next((e.kind.value for e in reversed(events) if e.kind in _ANSWERS and e.at >= since), "")


def _row(row: Row, answer: str) -> Row:
    if not answer:
        return row
    kept = tuple(option for option in row.options if option.action == _SHOW)
    return replace(row, parts=(*row.parts, f"event:{answer}"), options=kept)


def _parts(card: Card, now: Card | None, stand: Stand) -> tuple[Mapping[str, Any], ...]:
    """As many messages as the card needs. How it is cut depends on `card`; what is shown is `now`."""
    shown = now or card
    if not card.lists:
        return (message_of(shown, stand),)
    whole = replace(shown, lists=(), buttons=(), after=(), submit=None)
    head = message_of(whole, stand)["blocks"]
    foot = words_of(card.after)
    spans = rows.spread(card, stand, head, foot)
    count = len(spans)
    return tuple(
        rows.part(
            shown,
            replace(stand, number=n),
            span,
            head if n == 1 else head[:1],
            foot if n == count else (),
            word("label.part", part=str(n), of=str(count)) if count > 1 else "",
        )
        for n, span in enumerate(spans, start=1)
    )
