"""A turn on its way to and from the store. Knows how a choice is written down and what a transcript keeps of it.

Refuses to know encryption (the store seals what was really typed) and talks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from bot.turns import Choice, Turn
from routing.ports import StoredTurn


def to_stored_turn(turn: Turn, masked: str) -> StoredTurn:
    """The turn as the store takes it; `masked` may be shown and logged, the rest is sealed."""
    kind = "text" if turn.text is not None else "choice"
    raw = turn.text if turn.text is not None else _choice_json(turn.choice)
    return StoredTurn(
        turn.conversation, turn.message, turn.surface, turn.actor, turn.received_at, kind, masked, raw
    )  # fmt: skip


def turn_of(stored: StoredTurn) -> Turn:
    """The turn as it came in."""
    text, choice = (stored.raw, None) if stored.kind == "text" else (None, _choice(stored.raw))
    return Turn(
        stored.conversation, stored.message, stored.surface, stored.actor, stored.received_at, text, choice
    )  # fmt: skip


def label_of(choice: Choice | None) -> str:
    """What the transcript keeps of a choice: never the fields of a form."""
    return f"{choice.action} {choice.value}".strip() if choice else ""


def _choice_json(choice: Choice | None) -> str:
    assert choice is not None
    return json.dumps(
        {"action": choice.action, "value": choice.value, "values": dict(choice.values)}, ensure_ascii=False
    )


def _choice(raw: str) -> Choice:
    data: Mapping[str, object] = json.loads(raw)
    values = data.get("values")
    fields = {str(k): str(v) for k, v in values.items()} if isinstance(values, dict) else {}
    return Choice(str(data["action"]), str(data["value"]), fields)
