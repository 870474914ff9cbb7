"""Messages that were written anew: which talk read them, and its turns when it is read again.

Refuses to know what is shown, and to read anything by itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.memory import Talk, from_stored
from bot.slack.desk import Desk
from bot.slack.happening import Happening, new_talk
from bot.slack.marks import REREAD
from bot.turns import Choice
from routing.store import SqlStore

_WAS, _TEXT = "was", "text"


def holding(store: SqlStore, desk: Desk, what: Happening) -> tuple[Talk, str] | None:
    """The talk that a message's text is the first or the last of, and that text; None for any other message."""
    key = f"msg:{what.channel}:{what.ts}"
    names = (new_talk(desk.name, key), desk.at(what.channel, what.thread), desk.current)
    for name in dict.fromkeys(name for name in names if name in desk.places):
        with store.unit(reading=True) as unit:
            turns = unit.turns.of(name)
            stored = unit.dialogues.get(name)
        here = next((turn.raw for turn in turns if turn.kind == "text" and turn.message == f"{key}#0"), None)
        talk = from_stored(stored) if stored and here is not None else None
        if talk and here is not None and talk.owner == desk.name and here in (*talk.texts[:1], *talk.texts[-1:]):
            return talk, here
    return None


def draft_of(talk: Talk) -> str:
    """Under which name the text waits on the desk until its writer says that it is to be read."""
    return f"{REREAD}|{talk.conversation}"


def draft(was: str, text: str) -> Mapping[str, str]:
    """What waits there."""
    return {_WAS: was, _TEXT: text}


def again(talk: Talk, waiting: Mapping[str, str]) -> list[str | Choice]:
    """The talk's texts from its beginning, the one that was written anew in its place; nothing once that was done."""
    texts = list(talk.texts)
    if waiting[_WAS] not in texts:
        return []
    texts[len(texts) - 1 - texts[::-1].index(waiting[_WAS])] = waiting[_TEXT]
    return [Choice("restart"), *texts]
