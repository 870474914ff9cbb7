"""The rounds of a replica: what is due becomes occurrences, occurrences are delivered, what got stuck is raised, and it lives.

Every round is safe to repeat and to run in many replicas at once; one that fails is tried again at the next tick, and an
outage is told of once. Knows the order of the rounds and how often each is made; refuses to know what is due
(routing/progress.py), surfaces, and wording.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from bot.delivery import DeliveryRules, WhyNot
from routing.calendar import add_working_days
from routing.digest import AFTER_HOURS, DIGEST, digests, singles, weekly
from routing.outgoing import Occurrence, OutgoingMessage, State
from routing.ports import Store, UnitOfWork
from routing.progress import Due, Watched, due, nudge_day, working_days
from routing.reminders import Reminders
from routing.worktime import OfficeHours, horizon_warning, is_open, local

_LOG = logging.getLogger("tsunagu.rounds")
AUDIT, HOLIDAYS, AUDITOR = "audit", "holidays", "auditor"
SWEEP_EVERY, BEAT_EVERY = timedelta(minutes=2), timedelta(minutes=1)

# What is watched: everything (`cases` None) or these cases, as it stands now.
Watch = Callable[[UnitOfWork, Sequence[str] | None], Iterable[Watched]]


def nothing_watched(_unit: UnitOfWork, _cases: Sequence[str] | None) -> Iterable[Watched]:
    """A town without reminders."""
    return ()


@dataclass(frozen=True, slots=True)
class Town:
    """What the rounds know of a town. `team` is its project team, `supervisors` get the weekly nudge."""

    reminders: Reminders
    hours: OfficeHours
    team: str
    watch: Watch = nothing_watched
    supervisors: Callable[[UnitOfWork], Iterable[str]] = lambda _unit: ()

    def due(self, watched: Iterable[Watched], now: datetime) -> list[Due]:
        """What is due at a moment."""
        policy = self.reminders
        return list(due(watched, policy.kinds, policy.fallback, policy.digest_at, self.hours, now))


def delivery_rules(reminders: Reminders) -> DeliveryRules:
    """The patience of a town's data."""
    row = reminders.data.delivery
    return DeliveryRules(
        gap=timedelta(seconds=row.gap_seconds),
        lease=timedelta(seconds=row.lease_seconds),
        ask_after=timedelta(seconds=row.ask_after_seconds),
        again=tuple(timedelta(minutes=minutes) for minutes in row.again_minutes),
        batch=row.batch,
    )


def sweep(store: Store, town: Town, now: datetime) -> int:
    """Put what is due; returns how many messages are new. Reads and writes apart, so writers never wait for the reading."""
    here = local(now)
    with store.unit(reading=True) as unit:
        found = town.due(town.watch(unit, None), now)
        together = [each for each in found if not each.kind.alone]
        told = unit.outbox.told(_lately(town, here.date())) if together else ()
        nudges = _nudges(unit, town, now)
    alone = [*singles((each for each in found if each.kind.alone), now), *nudges]
    days = working_days(here.year, town.hours.closures)
    whole = digests(together, told, town.reminders.caps, days, now, here.date())
    ending = _holidays(town, now)
    if not (alone or whole or ending):
        return 0
    with store.unit() as unit:
        new = unit.outbox.put_all(alone)
        new += unit.outbox.put_digests([(digest.message, digest.lines) for digest in whole])
        warned = unit.outbox.put_all(ending)
        unit.commit()
    if warned:
        _LOG.warning("the published holidays end: later ones are computed until this program is brought up to date")
    return new + warned


def _lately(town: Town, today: date) -> date:
    """From when on told lines matter: a line could still be caught up, or its case was told of too lately."""
    longest = max(town.reminders.caps.days_between, *(kind.catch_up for kind in town.reminders.kinds))
    return add_working_days(today, -longest - 1, town.hours.closures)


def _nudges(unit: UnitOfWork, town: Town, now: datetime) -> list[OutgoingMessage]:
    """Weekly nudges that are not put yet; one that night overtook is put anew, under a number, on the next working day."""
    due_week = nudge_due(town, now)
    found = []
    for message in weekly(town.supervisors(unit), *due_week, now) if due_week else ():
        key, number, last = message.key, 1, unit.outbox.get(message.key)
        while last is not None and _overtaken(unit, last, now):
            number += 1
            key = f"{message.key}:{number}"
            last = unit.outbox.get(key)
        if last is None:
            found.append(replace(message, key=key))
    return found


def _overtaken(unit: UnitOfWork, occurrence: Occurrence, now: datetime) -> bool:
    """Whether it was dropped on an earlier day because nobody was at work any more."""
    if occurrence.state is not State.OBSOLETE or occurrence.final_at is None:
        return False
    why = unit.outbox.attempts(occurrence.message.key)[-1].why
    return why == AFTER_HOURS and local(occurrence.final_at).date() < local(now).date()


def nudge_due(town: Town, now: datetime) -> tuple[date, datetime] | None:
    """The nudge day of this week and its hour, from then on until it is too late to catch up; None outside."""
    row, here = town.reminders.data.weekly, local(now)
    day = nudge_day(here.date(), town.hours.closures)
    at = datetime.combine(day, row.at, town.hours.zone)
    last = add_working_days(day, row.catch_up, town.hours.closures)
    due_now = at <= here and here.date() <= last and is_open(here, town.hours) and here.time() >= row.at
    return (day, at) if due_now else None


def _holidays(town: Town, now: datetime) -> list[OutgoingMessage]:
    """Once, before the published holidays end: dates after them are computed, not promised."""
    warning = horizon_warning(local(now).date())
    if warning is None:
        return []
    until = warning.fixed_until.isoformat()
    return [OutgoingMessage(f"{HOLIDAYS}:{until}", HOLIDAYS, "", town.team, json.dumps({"until": until}), now, now)]


def still_due(town: Town, clock: Callable[[], datetime]) -> WhyNot:
    """Reading again before sending: a reminder is sent only while looking now at what it was about would give it again.

    A digest goes while one of its lines would, and never after hours: what it would have told is due the next day.
    """
    kinds = {kind.id for kind in town.reminders.kinds}

    def why_not(message: OutgoingMessage, unit: UnitOfWork) -> str:
        if message.kind == DIGEST:
            if not is_open(clock(), town.hours):
                return AFTER_HOURS
            lines = json.loads(message.payload)["lines"]
            keys, cases = {line["key"] for line in lines}, sorted({line["case_id"] for line in lines})
        elif message.kind in kinds:
            keys, cases = {message.key}, [message.about]
        else:
            return ""
        again = town.due(town.watch(unit, cases), message.created_at)
        return "" if any(each.key in keys for each in again) else "no_longer_due"

    return why_not


def audit(store: Store, town: Town, now: datetime) -> int:
    """Raise what is past due and not final, at most one alert an hour; returns how many there are (100 stands for more)."""
    rules = town.reminders.data.audit
    with store.unit() as unit:
        late = unit.outbox.late(now, timedelta(minutes=rules.late_minutes))
        late = [each for each in late if each.message.kind != AUDIT]
        if late:
            kinds = Counter(each.message.kind for each in late)
            payload = {"late": len(late), "since": late[0].message.not_before.isoformat(), "kinds": kinds}
            key = f"{AUDIT}:{local(now):%Y-%m-%dT%H}"
            if unit.outbox.put(OutgoingMessage(key, AUDIT, "", town.team, json.dumps(payload), now, now)):
                _LOG.error("%d occurrences are past due and not final: %s", len(late), dict(kinds))
        unit.beats.put(AUDITOR, now)
        unit.commit()
    return len(late)


def beat(store: Store, by: str, now: datetime) -> None:
    """Tell the others, and whoever watches from outside, that this replica lives."""
    with store.unit() as unit:
        unit.beats.put(by, now)
        unit.commit()


@dataclass(frozen=True, slots=True)
class Round:
    """Something to do at the moment it is given, at most once per `every`."""

    name: str
    every: timedelta
    run: Callable[[datetime], object]


@dataclass(slots=True)
class Rounds:
    """Makes each round when it is due. `failing` names those that failed last time; `results` is what each last gave.

    `totals` counts what delivery did since the process began, by the words of `delivery.Tally`.
    """

    rounds: Sequence[Round]
    clock: Callable[[], datetime]
    failing: set[str] = field(default_factory=set)
    results: dict[str, object] = field(default_factory=dict)
    totals: Counter[str] = field(default_factory=Counter)
    _last: dict[str, datetime] = field(default_factory=dict)

    def tick(self) -> None:
        """One look at the clock for each round. A round that fails is due again at the next tick; the others go on."""
        for each in self.rounds:
            now, last = self.clock(), self._last.get(each.name)
            if last is not None and timedelta(0) <= now - last < each.every:
                continue
            try:
                self.results[each.name] = each.run(now)
            except Exception as error:  # whatever it is, the other rounds and the next tick must come
                self._failed(each.name, error)
            else:
                self._last[each.name] = now
                if each.name in self.failing:
                    self.failing.discard(each.name)
                    _LOG.warning("%s works again", each.name)

    def _failed(self, name: str, error: Exception) -> None:
        """Once per outage, by the error's type: its words may hold what no log may hold."""
        if name not in self.failing:
            self.failing.add(name)
            _LOG.error("%s failed: %s", name, type(error).__name__)


def replica_rounds(
    store: Store,
    town: Town,
    deliver: Callable[[], Mapping[str, int]],
    clock: Callable[[], datetime],
    by: str,
    first: Sequence[Round] = (),
) -> Rounds:
    """The rounds of one replica, in their order; `first` are those that change what is due."""
    every = timedelta(minutes=town.reminders.data.audit.every_minutes)
    totals: Counter[str] = Counter()

    def delivered(_: datetime) -> Mapping[str, int]:
        tally = deliver()
        totals.update(tally)
        return tally

    return Rounds(
        (
            *first,
            Round("sweep", SWEEP_EVERY, lambda now: sweep(store, town, now)),
            Round("deliver", timedelta(0), delivered),
            Round("audit", every, lambda now: audit(store, town, now)),
            Round("beat", BEAT_EVERY, lambda now: beat(store, by, now)),
        ),
        clock,
        totals=totals,
    )
