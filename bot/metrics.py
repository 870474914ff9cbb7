"""Figures for Prometheus: what is due, late and doubtful, what was sent or passed on, and whether the auditor and ticker live.

Labels are words of this program's own, never a name, a number of a case or anything typed. The registry is our own: what
libraries would add to the global one stays out. Refuses to know routes and who may read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.health import Health
from bot.rounds import AUDITOR
from routing.errors import StoreError
from routing.store import Vitals

TYPE = CONTENT_TYPE_LATEST
OUTCOMES = ("sent", "found", "failed", "rested", "unknown", "absent", "obsolete", "late")
FALLBACKS = ("passed_on", "given_up")
_ALIVE_WITHIN = timedelta(minutes=5)
_NEVER = float("inf")


def render(health: Health) -> bytes:
    """The figures of this moment in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Scrape(health))
    return generate_latest(registry)


class Scrape(Collector):
    """Asks once per scrape. When the database does not answer, it says so and gives what the process knows itself."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        """Every family."""
        now = self._health.clock()
        try:
            vitals = self._health.store.vitals(now, self._health.late_after)
        except StoreError:
            vitals = None
        yield _gauge("database_up", "Whether the database answered this scrape.", int(vitals is not None))
        if vitals is not None:
            yield from _of_store(vitals, now)
        yield from self._of_process()

    def _of_process(self) -> Iterator[Metric]:
        health = self._health
        yield _by("delivery", "outcome", "What this process did with occurrences.", health.totals(OUTCOMES))
        yield _by("fallback", "outcome", "Occurrences told to the next one, or to nobody.", health.totals(FALLBACKS))
        failing = GaugeMetricFamily("tsunagu_round_failing", "Whether a round failed the last time.", labels=["round"])
        for name, bad in health.failing().items():
            failing.add_metric([name], int(bad))
        yield failing
        if health.pulse is not None:
            yield _gauge("tick_age_seconds", "Seconds since a tick of this process ended.", health.pulse.age())


def _of_store(vitals: Vitals, now: datetime) -> Iterator[Metric]:
    yield _gauge("occurrences_due", "Occurrences that wait to be sent now.", vitals.due)
    yield _gauge("occurrences_late", "Occurrences past due for too long and not final.", vitals.late)
    yield _gauge("occurrences_sending", "Occurrences that some process is sending.", vitals.sending)
    yield _gauge("occurrences_unknown", "Occurrences of which nobody knows whether they are out.", vitals.unknown)
    day = GaugeMetricFamily("tsunagu_occurrences_last_day", "Occurrences that came due within a day.", labels=["state"])
    for state, number in vitals.last_day.items():
        day.add_metric([state], number)
    yield day
    yield _gauge("turns_waiting", "Turns that are stored and not worked off.", vitals.waiting_turns)
    audited = vitals.beats.get(AUDITOR)
    gap = (now - audited).total_seconds() if audited else _NEVER
    yield _gauge("audit_gap_seconds", "Seconds since the auditor last looked; infinite when it never did.", gap)
    alive = sum(now - at <= _ALIVE_WITHIN for name, at in vitals.beats.items() if ":" in name)
    yield _gauge("replicas_alive", "Processes that gave a sign of life within five minutes.", alive)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"tsunagu_{name}", words, value)


def _by(name: str, label: str, words: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(f"tsunagu_{name}", words, labels=[label])
    for word, number in values.items():
        family.add_metric([word], number)
    return family
