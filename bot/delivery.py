"""Getting occurrences out: find where each goes, ask about the doubtful ones, send to every free address, mark with the fence.

Nothing is sent inside a transaction, and nothing is sent again before the surface was asked whether it is there. Knows
claims, time-outs, back-off and the chain of those told instead; refuses to know when something is due (routing/progress.py),
how a surface shows it, and wording. Why something failed is a code, never what a surface said.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import sleep

from bot.channels import Channel as Channel
from bot.channels import Delivered as Delivered
from bot.channels import Failed as Failed
from bot.channels import Result as Result
from bot.channels import Unknown as Unknown
from routing.errors import StoreError
from routing.outgoing import LONGEST_REST, RESTORED, WEB, Contact, ContactState, Lease, OutgoingMessage
from routing.ports import Store, UnitOfWork

_LOG = logging.getLogger("tsunagu.delivery")


# Why a message need not be sent any more, as a code for the record; empty when it is still due. Reads, never writes.
WhyNot = Callable[[OutgoingMessage, UnitOfWork], str]


@dataclass(frozen=True, slots=True)
class DeliveryRules:
    """How patient delivery is; values come from the pack (`[delivery]` of reminders.toml).

    `again`: waits after the first, second … failure at one address; after the last it counts as undeliverable.
    `ask_after`: how long a message that may still be on its way is left before the surface is asked.
    """

    gap: timedelta = timedelta(seconds=1)
    lease: timedelta = timedelta(seconds=45)
    ask_after: timedelta = timedelta(seconds=20)
    again: tuple[timedelta, ...] = tuple(timedelta(minutes=n) for n in (1, 5, 15, 60, 240))
    batch: int = 50


# What a pass did, by word: routed, sent, found, failed, rested, unknown, absent, obsolete, passed_on, given_up, late.
Tally = Counter[str]
SHORTEST_WAIT = 0.2  # seconds: addresses whose turns are near each other are served together
OTHERS = ""  # surfaces that are switched off in this process


def pause(seconds: float) -> bool:
    """Wait; True would mean that the process is to stop."""
    sleep(seconds)
    return False


class Delivery:
    """One replica's part in it; safe to run in many at once.

    `by` names the replica, `clock` gives the moment, and `wait` tells, after so many seconds, whether this process is to stop.
    """

    def __init__(
        self,
        store: Store,
        channels: Iterable[Channel],
        clock: Callable[[], datetime],
        by: str,
        rules: DeliveryRules | None = None,
        why_not: WhyNot = lambda _message, _unit: "",
        workers: int = 8,
        wait: Callable[[float], bool] = pause,
    ) -> None:
        self._store, self._clock, self._why_not, self._wait = store, clock, why_not, wait
        self._channels: Mapping[str, Channel] = {channel.surface: channel for channel in channels}
        self._rules = rules or DeliveryRules()
        self._by, self._workers = by, workers

    def run(self, patience: timedelta = timedelta(0), most_rounds: int = 100) -> Tally:
        """Deliver what is due now, until every address rests; with `patience`, wait so long for the next one's turn.

        Surfaces do not wait for each other.
        Raises the `StoreError`s; what was claimed by then is asked about when its lease is over.
        """
        tally: Tally = Counter()
        with self._store.unit(reading=True) as unit:
            if not unit.outbox.pending(self._clock()):
                return tally
        surfaces, until = [*self._channels, OTHERS], self._clock() + patience
        with ThreadPoolExecutor(len(surfaces), thread_name_prefix="surface") as pool:
            run = pool.map if self._channels else map  # alone, nobody holds anybody up
            for _ in range(most_rounds):
                moved = self._route(tally)
                served = list(run(lambda surface: self._serve(surface, until), surfaces))
                tally.update(word for words in served for word in words)
                if not (moved or any(served)):
                    break
        return tally

    def _serve(self, surface: str, until: datetime) -> list[str]:
        """Ask and send on one surface until its addresses rest for longer than that; a word for each message."""
        words: list[str] = []
        with ThreadPoolExecutor(self._workers, thread_name_prefix="send") as pool:
            while True:
                doubtful, taken, unwanted = self._claim(surface)
                words += ["obsolete"] * unwanted
                words += [*pool.map(self._ask, doubtful), *pool.map(self._send, taken)]
                if not (doubtful or taken or unwanted or self._await_turn(surface, until)):
                    return words

    def _await_turn(self, surface: str, until: datetime) -> bool:
        """Wait for the next address; False when its turn comes too late, or this process is to stop."""
        now = self._clock()
        if now >= until:
            return False
        with self._store.unit(reading=True) as unit:
            turn = unit.outbox.next_turn(now, self._lease(surface))
        if turn is None or turn > until:
            return False
        return not self._wait(max((turn - now).total_seconds(), SHORTEST_WAIT))

    def _route(self, tally: Tally) -> int:
        """Say where due messages go; those for the web's inbox are there with the same commit."""
        with self._store.unit() as unit:
            now = self._clock()
            messages = unit.outbox.unrouted(now, self._rules.batch * 10)
            restored = unit.beats.all().get(RESTORED) if messages else None
            contacts = unit.contacts.of_all(message.target for message in messages)
            where: dict[str, tuple[str, str]] = {}
            for message in messages:
                place = self._place(message, contacts[message.target], unit, now)
                if isinstance(place, str):
                    tally[place] += 1
                else:
                    where[message.key] = place
            # a lost database may have got out what was due before its backup was put back
            unsure = {each.key for each in messages if restored and each.not_before <= restored}
            unit.outbox.route(where, unsure)
            unit.commit()
        tally["routed"] += len(where)
        return len(messages)

    def _place(
        self, message: OutgoingMessage, contacts: Sequence[Contact], unit: UnitOfWork, now: datetime
    ) -> tuple[str, str] | str:
        """Where a message goes, or how it was settled: nobody needs it, the inbox has it, the next one is told."""
        reason = self._reason(message, unit)
        if reason:
            unit.outbox.obsolete(message.key, now, reason)
            return "obsolete"
        reachable = [contact for contact in contacts if contact.state is ContactState.ACTIVE]
        for contact in reachable:
            if contact.surface in self._channels:
                return contact.surface, contact.address
        if reachable:  # the web, or a surface that is switched off here: the inbox never fails
            unit.inbox.put(message.target, message.key, message.payload, now, message.kind)
            unit.outbox.sent(message.key, now, WEB)
            return "sent"
        return self._undeliverable(message, "nobody_reachable", unit, now, fence=None)

    def _lease(self, surface: str) -> Lease:
        known = tuple(self._channels)
        lease = Lease(self._by, self._rules.lease, self._rules.batch)
        return replace(lease, all_but=known) if surface == OTHERS else replace(lease, surface=surface)

    def _claim(self, surface: str) -> tuple[Sequence[OutgoingMessage], Sequence[OutgoingMessage], int]:
        """Lease what is in doubt, and one message for every free address that is still wanted; how many are not."""
        wanted: list[OutgoingMessage] = []
        with self._store.unit() as unit:
            now, lease = self._clock(), self._lease(surface)
            taken = unit.outbox.claim_lanes(now, lease, self._rules.gap)
            for message in taken:
                reason = self._reason(message, unit)
                if reason:
                    unit.outbox.obsolete(message.key, now, reason, message.attempts)
                else:
                    wanted.append(message)
            doubtful = unit.outbox.claim_doubtful(now, lease)
            unit.commit()
        return doubtful, wanted, len(taken) - len(wanted)

    def _reason(self, message: OutgoingMessage, unit: UnitOfWork) -> str:
        """Why the message is not wanted. One whose case cannot be read is sent: once too often is better than never."""
        try:
            return self._why_not(message, unit)
        except StoreError:
            raise
        except Exception as error:
            _LOG.error("re-reading before sending failed: %s, kind %s", type(error).__name__, message.kind)
            return ""

    def _ask(self, message: OutgoingMessage) -> str:
        """Clear the doubt: is the message already there?"""
        channel = self._channels.get(message.surface)
        if channel is None or not channel.can_find or not message.address:
            return self._absent(message, "cannot_ask")
        try:
            receipt = channel.find(message, message.address)
        except Exception as error:
            return self._not_known(message, f"ask:{type(error).__name__}")
        if receipt is None:
            return self._absent(message, "")
        return self._mark("found", lambda unit, now: unit.outbox.found(message.key, now, receipt, message.attempts))

    def _send(self, message: OutgoingMessage) -> str:
        channel = self._channels.get(message.surface)
        if channel is None:  # switched off since it was routed
            return self._again(message, "switched_off", timedelta(0))
        try:
            result: Result = channel.send(message, message.address)
        except Exception as error:
            result = Unknown(f"raised:{type(error).__name__}")
        match result:
            case Delivered(receipt):
                mark = "sent"
                return self._mark(mark, lambda unit, now: unit.outbox.sent(message.key, now, receipt, message.attempts))
            case Unknown(kind):
                return self._not_known(message, kind)
            case Failed():
                return self._failed(message, result)

    def _failed(self, message: OutgoingMessage, failure: Failed) -> str:
        kind, key, fence = failure.kind, message.key, message.attempts
        if failure.permanent and kind == "gone":

            def gone(unit: UnitOfWork, now: datetime) -> bool:
                unit.contacts.gone(message.target, message.surface, message.address, kind, now)
                return unit.outbox.failed(key, now, kind, now, fence)

            return self._mark("failed", gone)
        if failure.retry_after is not None and not failure.permanent:
            rest = min(failure.retry_after, LONGEST_REST)

            def rested(unit: UnitOfWork, now: datetime) -> bool:
                unit.outbox.hold(message.surface, message.address, now + rest)
                return unit.outbox.rested(key, now, kind, fence)

            return self._mark("rested", rested)
        if failure.permanent or message.tries >= len(self._rules.again):
            return self._give_up(message, kind)
        return self._again(message, kind, self._rules.again[message.tries])

    def _again(self, message: OutgoingMessage, kind: str, wait: timedelta) -> str:
        key, fence = message.key, message.attempts
        return self._mark("failed", lambda unit, now: unit.outbox.failed(key, now, kind, now + wait, fence))

    def _absent(self, message: OutgoingMessage, kind: str) -> str:
        return self._mark("absent", lambda unit, now: unit.outbox.absent(message.key, now, kind, message.attempts))

    def _not_known(self, message: OutgoingMessage, kind: str) -> str:
        """Ask later; when even that led to nothing often enough, the next one is told."""
        key, fence, tries = message.key, message.attempts, message.tries
        if tries >= len(self._rules.again):
            return self._give_up(message, kind)
        wait = max(self._rules.ask_after, self._rules.again[tries - 1] if tries else timedelta(0))
        return self._mark("unknown", lambda unit, now: unit.outbox.unknown(key, now, kind, now + wait, fence))

    def _give_up(self, message: OutgoingMessage, kind: str) -> str:
        with self._store.unit() as unit:
            word = self._undeliverable(message, kind, unit, self._clock(), message.attempts)
            unit.commit()
        return word

    @staticmethod
    def _undeliverable(message: OutgoingMessage, kind: str, unit: UnitOfWork, now: datetime, fence: int | None) -> str:
        """The next of the chain is told; after the last, it lies in the web's inbox and is given up."""
        if not message.is_last:
            return "passed_on" if unit.outbox.passed_on(message.key, now, kind, fence) else "late"
        if not unit.outbox.failed(message.key, now, kind, None, fence):
            return "late"
        unit.inbox.put(message.recipient, message.key, message.payload, now, message.kind)
        return "given_up"

    def _mark(self, word: str, mark: Callable[[UnitOfWork, datetime], bool]) -> str:
        """Mark in a transaction of its own; `word`, or `late` when the claim had passed to another."""
        with self._store.unit() as unit:
            counted = mark(unit, self._clock())
            unit.commit()
        return word if counted else "late"
