"""The one card of a case in a channel: put once, changed in place while its case moves on, put anew when it is gone.

Whatever changed a case, on whichever surface, shows on its cards within seconds: what is shown is compared with the case's
version, so that a change that was missed is caught up and many changes are one update. Refuses to know who is told and when.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.delivery import Delivered, Failed, Result, Unknown
from bot.slack.api import Api, Done, Later, Outcome, Refused, Trouble
from bot.slack.api import Unknown as NotKnown
from bot.slack.happening import SURFACE
from bot.slack.outgoing import Posted, about, posted
from bot.slack.show import Showing, notice_message
from bot.world import Town
from routing.outgoing import OutgoingMessage, State
from routing.placed import PlacedCard
from routing.store import SqlStore

OCCURRENCE = "tsunagu_occurrence"
GONE = frozenset({Trouble.ARCHIVED, Trouble.NO_CHANNEL, Trouble.NOT_IN_CHANNEL, Trouble.NO_USER})
_WAITS = frozenset({Trouble.REVOKED, Trouble.SCOPE, Trouble.OTHER})  # somebody can cure it
_SETTLING = timedelta(seconds=5)  # an earlier message about the same card is on its way: this one waits for it
_QUIET: Mapping[str, Any] = {"unfurl_links": False, "unfurl_media": False}
_TRIES = 3


class CannotSay(Exception):
    """Slack did not say whether a message is there."""


def result_of(outcome: Outcome, receipt: str) -> Result:
    """What became of a call, as delivery knows it."""
    match outcome:
        case Done():
            return Delivered(receipt)
        case Later(seconds):
            return Failed("rate", retry_after=timedelta(seconds=seconds))
        case NotKnown():
            return Unknown("no_answer")
        case Refused(trouble) if trouble in GONE:
            return Failed("gone", permanent=True)
        case Refused(trouble):
            return Failed(trouble.value, permanent=trouble not in _WAITS)


def metadata(key: str, *more: str, part: int = 0) -> Mapping[str, Any]:
    """What a message carries so that its occurrence is found again; `more`: others that it stands for as well."""
    told = {"key": key} | ({"keys": [key, *more]} if more else {}) | ({"part": part} if part else {})
    return {"event_type": OCCURRENCE, "event_payload": told}


def keys_of(message: Mapping[str, Any]) -> Sequence[str]:
    """The occurrences that a message of ours stands for."""
    told = (message.get("metadata") or {}).get("event_payload") or {}
    return [str(told.get("key", "")), *map(str, told.get("keys", ()))]


class Keeper:
    """`cpu`: as in `Talks`; `now` gives the moment."""

    def __init__(
        self,
        store: SqlStore,
        town: Town,
        showing: Showing,
        api: Api,
        now: Callable[[], datetime],
        cpu: AbstractContextManager[object],
    ) -> None:
        self._store, self._town, self._showing = store, town, showing
        self._api, self._now, self._cpu = api, now, cpu

    def known(self, message: OutgoingMessage, address: str) -> PlacedCard | None:
        """The card that an occurrence is a state of, where it stands."""
        card = about(message, address)
        if card is None:
            return None
        with self._store.unit(reading=True) as unit:
            return unit.placed.get(SURFACE, address, card.case_id, card.kind, card.subject)

    def render(self, message: OutgoingMessage) -> Posted:
        """An occurrence as things stand now."""
        with self._cpu, self._store.unit(reading=True) as unit:
            return posted(message, unit, self._town, self._showing, self._now())

    def placed(self, message: OutgoingMessage, address: str, receipt: str, version: int = 0) -> None:
        """Remember where the card stands (`receipt`: channel/ts)."""
        card = about(message, address)
        if card is not None:
            with self._store.unit() as unit:
                unit.placed.put(replace(card, place=receipt, shown=version), self._now())
                unit.commit()

    def change(self, card: PlacedCard, message: OutgoingMessage) -> Result | None:
        """Bring the card up to what an occurrence says; None when it is not there any more."""
        if self._shows_later(card, message):
            return Delivered(card.place)
        now, (channel, ts) = self.render(message), card.place.split("/", 1)
        told = (
            metadata(card.key) if now.bell else metadata(message.key, card.key)
        )  # what rings is done once it has rung
        outcome = self._api.call("chat.update", channel=channel, ts=ts, metadata=told, **now.messages[0])
        if isinstance(outcome, Refused) and outcome.trouble is Trouble.GONE:
            self._forget(card)
            return None
        if isinstance(outcome, Done) and now.bell:
            ring = notice_message(self._showing.notice("bell", title=now.bell))
            below = {"thread_ts": ts, "reply_broadcast": True, "metadata": metadata(message.key)}
            outcome = self._api.call("chat.postMessage", channel=channel, **below, **ring, **_QUIET)
            if isinstance(outcome, Refused):
                outcome = Done()  # the card itself says it
        if isinstance(outcome, Done):
            self.placed(message, card.address, card.place, now.version)
        return result_of(outcome, card.place)

    def _shows_later(self, card: PlacedCard, message: OutgoingMessage) -> bool:
        """Whether the card shows an occurrence made after this one, which was held up."""
        with self._store.unit(reading=True) as unit:
            shown = unit.outbox.get(card.key)
        return shown is not None and shown.message.created_at > message.created_at

    def before(
        self, message: OutgoingMessage, address: str, find: Callable[[OutgoingMessage, str], str | None]
    ) -> Result | None:
        """Before a first card is put: one about the same thing may be on its way. None when there is none."""
        card = about(message, address)
        if card is None:
            return None
        with self._store.unit(reading=True) as unit:
            every = unit.outbox.of_case(card.case_id)
        for each in every:
            other = about(each.message, address)
            same = other is not None and (other.kind, other.subject) == (card.kind, card.subject)
            if (
                not same
                or each.message.key == message.key
                or (each.message.surface, each.message.address) != (SURFACE, address)
            ):
                continue
            if each.state is State.SENDING:
                return Failed("rate", retry_after=_SETTLING)
            if each.state is State.UNKNOWN and find(each.message, address):
                found = self.known(message, address)
                return self.change(found, message) if found else None
        return None

    def below(self, card: PlacedCard, key: str) -> bool:
        """Whether the card, or what stands below it, carries an occurrence. Raises `CannotSay`."""
        channel, ts = card.place.split("/", 1)
        outcome = self._api.call("conversations.replies", channel=channel, ts=ts, limit=100, include_all_metadata=True)
        if isinstance(outcome, Done):
            return any(key in keys_of(message) for message in outcome.data.get("messages", ()))
        if isinstance(outcome, Refused) and outcome.trouble is Trouble.GONE:
            return False
        raise CannotSay(card.address)

    def refresh(self) -> int:
        """Bring every card up to its case; how many were behind. What Slack does not take now is left for the next time."""
        with self._store.unit(reading=True) as unit:
            behind = unit.placed.behind(SURFACE)
        for card in behind:
            for _ in range(_TRIES):
                if self._refreshed(card):
                    break
        return len(behind)

    def _refreshed(self, card: PlacedCard) -> bool:
        """False when somebody else showed another version meanwhile: this one may lie over it."""
        with self._store.unit(reading=True) as unit:
            found = unit.outbox.get(card.key)
        if found is None:
            self._forget(card)
            return True
        now, (channel, ts) = self.render(found.message), card.place.split("/", 1)
        outcome = self._api.call("chat.update", channel=channel, ts=ts, **now.messages[0])
        match outcome:
            case Done():
                return self._shown(card, now.version)
            case Refused(Trouble.GONE):
                if self._forget(card) and _can_be_acted_on(now):
                    self._put_anew(card, found.message, now)
            case Refused(trouble) if trouble in GONE:
                self._forget(card)
            case Refused(trouble) if trouble not in (Trouble.REVOKED, Trouble.SCOPE):
                self._shown(card, now.version)  # the next change tries again
        return True

    def _put_anew(self, card: PlacedCard, message: OutgoingMessage, now: Posted) -> None:
        """Somebody deleted the card while it is still needed."""
        channel = card.place.split("/", 1)[0]
        told = metadata(message.key)
        outcome = self._api.call("chat.postMessage", channel=channel, metadata=told, **now.messages[0], **_QUIET)
        if isinstance(outcome, Done):
            self.placed(message, card.address, f"{channel}/{outcome.data.get('ts')}", now.version)

    def _shown(self, card: PlacedCard, version: int) -> bool:
        with self._store.unit() as unit:
            first = unit.placed.shows(card, version)
            unit.commit()
        if first:
            return True
        with self._store.unit(reading=True) as unit:
            now = unit.placed.get(SURFACE, card.address, card.case_id, card.kind, card.subject)
        return now is None or now.place != card.place or now.shown <= version

    def saw(self, key: str, place: str, version: int) -> None:
        """The card of an occurrence was changed where somebody pressed it."""
        with self._store.unit(reading=True) as unit:
            found = unit.outbox.get(key)
        card = self.known(found.message, found.message.address) if found else None
        if card is not None and card.place == place and card.key == key:
            self._shown(card, version)

    def _forget(self, card: PlacedCard) -> bool:
        with self._store.unit() as unit:
            first = unit.placed.forget(card)
            unit.commit()
        return first


def _can_be_acted_on(now: Posted) -> bool:
    """Whether anything but opening the case can be done on the card."""
    elements = [e for block in now.messages[0]["blocks"] if block["type"] == "actions" for e in block["elements"]]
    return len(elements) > 1
