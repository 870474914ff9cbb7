"""Teams as a channel of `delivery`: occurrences go out as cards, to a team's channel or a person's chat.

One card stands for a hand-over or an escalation: what happens next replaces it, and a short word below says so; where that cannot
be, a new card comes. Teams cannot be asked afterwards whether a message is there: at least once, and the message carries its
occurrence number. Refuses to know who is told, when, and what a card says.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import timedelta

from bot.delivery import Delivered, Failed, Result, Unknown
from bot.teams.happening import SURFACE
from bot.teams.notes import Notes, Payload, cards_of
from bot.teams.outgoing import UNREACHABLE, Done, Later, Outcome, Outgoing, Refused, Trouble
from bot.teams.outgoing import Unknown as NotKnown
from bot.teams.references import Reference, reference_of, thread_of
from routing.cases import EventKind
from routing.outgoing import OutgoingMessage
from routing.store import SqlStore

_MOST_PARTLY = 200
_QUIET = frozenset({EventKind.WITHDRAWN, EventKind.CALLED_OFF})  # nothing is asked of anybody any more
_STAYS = frozenset({Trouble.AUTH, *UNREACHABLE} - {Trouble.NO_CONVERSATION})  # a new card would fare no better


class TeamsChannel:
    """`bot.delivery.Channel`."""

    surface = SURFACE
    can_find = False

    def __init__(self, store: SqlStore, notes: Notes, outgoing: Outgoing) -> None:
        self._store, self._notes, self._outgoing = store, notes, outgoing
        self._partly: OrderedDict[str, list[str]] = OrderedDict()

    def send(self, message: OutgoingMessage, address: str) -> Result:
        """Send it once more; what of it is there already (as far as this process knows) is not sent again."""
        where = reference_of(address)
        if where is None:
            return Failed("gone", permanent=True)
        with self._store.unit(reading=True) as unit:
            made = self._notes.of(message, unit)
            before = next((o.receipt for o in cards_of(message, unit, address) if o.message.key != message.key), "")
        if not made:
            return Failed("no_card", permanent=True)  # the web's inbox shows it
        if before:
            found = self._in_place(message, where, before, made[0])
            if found is not None:
                return found
        return self._post(message.key, where, made)

    def _in_place(self, message: OutgoingMessage, where: Reference, before: str, made: Payload) -> Result | None:
        """Put it in the place of the card before and say so; None when a new card must come."""
        outcome = self._outgoing.update(where, before, made)
        if isinstance(outcome, Refused) and outcome.trouble not in _STAYS:
            return None
        if isinstance(outcome, Done) and not self._notes.quiet(message, _QUIET):
            outcome = self._outgoing.post(thread_of(where, before), self._notes.news(message, str(made["summary"])))
        return Delivered(before) if isinstance(outcome, Done) else _result(outcome)

    def _post(self, key: str, where: Reference, made: Sequence[Payload]) -> Result:
        there = self._partly.pop(key, [])
        for payload in made[len(there) :]:
            outcome = self._outgoing.post(where, payload)
            if not isinstance(outcome, Done):
                self._keep(key, there)
                return _result(outcome)
            there.append(outcome.id)
        return Delivered(" ".join(there))

    def _keep(self, key: str, there: list[str]) -> None:
        if there:
            self._partly[key] = there
            while len(self._partly) > _MOST_PARTLY:
                self._partly.popitem(last=False)

    def find(self, message: OutgoingMessage, address: str) -> str | None:
        """Teams cannot say."""
        raise NotImplementedError(f"{self.surface} cannot be asked")


def _result(outcome: Outcome) -> Result:
    """What did not get there, as delivery calls it."""
    match outcome:
        case Later(seconds, why):
            return Failed(why, retry_after=timedelta(seconds=seconds))
        case NotKnown():
            return Unknown("no_answer")
        case Refused(trouble) if trouble in UNREACHABLE:
            return Failed("gone", permanent=True)
        case Refused(trouble):
            return Failed(trouble.value, permanent=trouble is not Trouble.AUTH)
        case Done(sent):
            return Delivered(sent)
