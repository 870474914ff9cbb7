"""Teams as a channel of `delivery`: occurrences go out as alert cards, to a team's channel or a person's chat.

Teams cannot be asked afterwards whether a message is there: at least once, and the message carries its occurrence number.
Refuses to know who is told and when.
"""

from __future__ import annotations

from datetime import timedelta

from bot.delivery import Delivered, Failed, Result, Unknown
from bot.teams.casetalk import alert_message
from bot.teams.happening import SURFACE
from bot.teams.outgoing import UNREACHABLE, Done, Later, Outgoing, Refused, Trouble
from bot.teams.outgoing import Unknown as NotKnown
from bot.teams.references import reference_of
from bot.teams.show import Showing
from bot.world import Town
from routing.alerts import ESCALATION, REFERRAL
from routing.outgoing import OutgoingMessage
from routing.store import SqlStore

_KINDS = frozenset({ESCALATION, REFERRAL})


class TeamsChannel:
    """`bot.delivery.Channel`."""

    surface = SURFACE
    can_find = False

    def __init__(self, store: SqlStore, town: Town, showing: Showing, outgoing: Outgoing) -> None:
        self._store, self._town, self._showing, self._outgoing = store, town, showing, outgoing

    def send(self, message: OutgoingMessage, address: str) -> Result:
        """Send it once more."""
        where = reference_of(address)
        if where is None:
            return Failed("gone", permanent=True)
        if message.kind not in _KINDS:
            return Failed("no_card", permanent=True)  # the web's inbox shows it
        with self._store.unit(reading=True) as unit:
            payload = alert_message(message, unit, self._town, self._showing, None)
        outcome = self._outgoing.post(where, payload)
        match outcome:
            case Done(sent):
                return Delivered(sent)
            case Later(seconds, why):
                return Failed(why, retry_after=timedelta(seconds=seconds))
            case NotKnown():
                return Unknown("no_answer")
            case Refused(trouble) if trouble in UNREACHABLE:
                return Failed("gone", permanent=True)
            case Refused(trouble):
                return Failed(trouble.value, permanent=trouble is not Trouble.AUTH)

    def find(self, message: OutgoingMessage, address: str) -> str | None:
        """Teams cannot say."""
        raise NotImplementedError(f"{self.surface} cannot be asked")
