"""Which entries of a talk's transcript a chat shows, and what tells one talk from another. Refuses to know surfaces."""

from __future__ import annotations

from bot.memory import Entry, Talk
from bot.views import View

_TITLE = 20


def offers(view: View) -> bool:
    """Whether anything can be done with a card."""
    return bool(view.options or view.submit or view.inputs)


def last_card(talk: Talk) -> Entry | None:
    """The last view of a talk."""
    return next((entry for entry in reversed(talk.document.log) if entry.view), None)


def live_card(talk: Talk) -> Entry | None:
    """The last view of a talk on which anything can be chosen."""
    return next((entry for entry in reversed(talk.document.log) if entry.view and offers(entry.view)), None)


def entry_of(talk: Talk, number: int) -> Entry | None:
    """The view with that number."""
    return next((entry for entry in talk.document.log if entry.number == number and entry.view), None)


def title_of(talk: Talk) -> str:
    """A few masked words that tell a talk from another; empty while nothing was read."""
    reading = talk.dialogue.reading
    words = " ".join(reading.text.split()) if reading else ""
    return words[:_TITLE] + "…" if len(words) > _TITLE else words
