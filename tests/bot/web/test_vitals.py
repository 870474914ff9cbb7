"""The process tells machines how it is, in codes and counts, and nobody else from outside."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.app import App
from bot.health import Pulse, health_of
from bot.rounds import Round, Rounds
from bot.web.application import create
from routing.errors import KeyMissing, StoreTooOld, StoreUnreachable
from routing.outgoing import OutgoingMessage
from tests.bot.web.conftest import BASE, Clock, House, TestClient

ROOT = Path(__file__).parents[3]
TOKEN = "a-token-that-nobody-guesses"


def figures(text: str) -> dict[str, float]:
    return {
        f"{sample.name}{sample.labels or ''}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def ask(app: App, clock: Clock, path: str, pulse: Pulse | None = None, **headers: str) -> Any:
    with TestClient(create(app, clock, health_of(app, clock, pulse)), base_url=BASE) as client:
        return client.get(path, headers=headers)


def pulse(clock: Clock, age: float = 1.0) -> Pulse:
    def fails(_now: Any) -> None:
        raise StoreUnreachable("…")

    rounds = Rounds((Round("sweep", timedelta(0), fails), Round("audit", timedelta(0), lambda _now: 0)), clock)
    rounds.tick()
    rounds.totals.update(sent=7, passed_on=2, given_up=1)
    return Pulse(rounds, lambda: age)


def test_a_process_that_works_is_alive_and_ready(open_app: Callable[..., App], clock: Clock) -> None:
    app = open_app()
    assert ask(app, clock, "/healthz").json() == {"status": "ok", "pack": "mihon"}
    ready = ask(app, clock, "/readyz", pulse(clock))
    assert (ready.status_code, ready.json()) == (200, {"status": "ok"})


def test_a_ticker_that_came_to_a_stand_is_not_ready_but_alive(open_app: Callable[..., App], clock: Clock) -> None:
    app, stuck = open_app(), pulse(clock, age=121.0)
    answer = ask(app, clock, "/readyz", stuck)
    assert (answer.status_code, answer.json()) == (503, {"status": "trouble", "kind": "ticker_silent"})
    assert ask(app, clock, "/healthz", stuck).status_code == 200


class Unfit:
    """A store in trouble."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def check(self) -> None:
        raise self.error

    def vitals(self, *_: Any) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StoreUnreachable("x"), "store_unreachable"),
        (StoreTooOld("x"), "store_too_old"),
        (KeyMissing("x"), "key_missing"),
    ],
)
def test_a_database_in_trouble_is_named_by_a_code(
    open_app: Callable[..., App], clock: Clock, error: Exception, code: str
) -> None:
    from dataclasses import replace

    app = open_app()
    health = replace(health_of(app, clock, pulse(clock)), store=Unfit(error))  # type: ignore[arg-type]
    with TestClient(create(app, clock, health), base_url=BASE) as client:
        assert client.get("/readyz").json()["kind"] == code
        seen = figures(client.get("/metrics").text)
    assert seen["tsunagu_database_up"] == 0
    assert seen["tsunagu_delivery_total{'outcome': 'sent'}"] == 7
    assert not any("occurrences" in name for name in seen)


def test_the_figures_tell_how_reminders_stand(open_app: Callable[..., App], clock: Clock) -> None:
    app = open_app()
    now = clock()
    with app.store.unit() as unit:
        for name, minutes in (("fresh", 1), ("late", 60), ("ahead", -5), ("asked", 2), ("done", 3)):
            at = now - timedelta(minutes=minutes)
            unit.outbox.put(
                OutgoingMessage(name, "nudge", "", "agency:secret-desk", '{"case": "MIHON-2026-0001"}', at, at)
            )
        unit.outbox.route({"asked": ("slack", "U-secret")})
        unit.outbox.sent("done", now, "ts")
        unit.beats.put("auditor", now - timedelta(seconds=90))
        unit.beats.put("host-secret:8080", now)
        unit.commit()
    text = ask(app, clock, "/metrics", pulse(clock)).text
    seen = figures(text)
    expected = {
        "database_up": 1, "occurrences_due": 3, "occurrences_late": 1, "occurrences_unknown": 0, "turns_waiting": 0,
        "audit_gap_seconds": 90, "tick_age_seconds": 1, "replicas_alive": 1,
        "occurrences_last_day{'state': 'sent'}": 1, "delivery_total{'outcome': 'sent'}": 7,
        "fallback_total{'outcome': 'passed_on'}": 2, "fallback_total{'outcome': 'given_up'}": 1,
        "round_failing{'round': 'sweep'}": 1, "round_failing{'round': 'audit'}": 0,
    }  # fmt: skip
    assert {name: seen[f"tsunagu_{name}"] for name in expected} == expected
    assert "secret" not in text
    assert "MIHON-2026" not in text
    assert not re.search("[ぁ-ん一-龥]", text)


def test_without_a_single_audit_the_gap_is_endless(open_app: Callable[..., App], clock: Clock) -> None:
    assert figures(ask(open_app(), clock, "/metrics").text)["tsunagu_audit_gap_seconds"] == float("inf")


@pytest.mark.parametrize(
    ("headers", "token", "status"),
    [
        ({}, "", 200),
        ({}, TOKEN, 200),
        ({"Host": "tsunagu.example"}, "", 421),
        ({"Host": "tsunagu.example"}, TOKEN, 421),
        ({"Host": "tsunagu.example", "Authorization": f"Bearer {TOKEN}"}, TOKEN, 200),
        ({"Host": "tsunagu.example", "Authorization": f"Bearer {TOKEN}x"}, TOKEN, 421),
        ({"Host": "tsunagu.example", "Authorization": "Bearer "}, "", 421),
        ({"X-Forwarded-For": "203.0.113.9"}, TOKEN, 404),
        ({"Forwarded": "for=203.0.113.9"}, "", 404),
        ({"X-Forwarded-For": "203.0.113.9", "Authorization": f"Bearer {TOKEN}"}, TOKEN, 200),
    ],
)
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_only_this_machine_and_who_knows_the_token_may_ask(
    open_app: Callable[..., App], clock: Clock, path: str, headers: dict[str, str], token: str, status: int
) -> None:
    assert ask(open_app(metrics_token=token), clock, path, **headers).status_code == status


def test_the_token_opens_nothing_else(open_app: Callable[..., App], clock: Clock) -> None:
    answer = ask(open_app(metrics_token=TOKEN), clock, "/", Host="tsunagu.example", Authorization=f"Bearer {TOKEN}")
    assert answer.status_code == 421


def test_who_comes_through_a_proxy_cannot_choose_for_whom_to_act(house: House) -> None:
    browser = house.browser()
    assert "立場を選ぶ" in browser.get("/cases").text
    answer = browser.client.post(
        "/desk",
        content="once=0123456789abcdef&action=case%3Aact_for&value=houkatsu-chuo&role=clerk",
        headers={
            "Origin": BASE,
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": browser.cookie,
            "X-Forwarded-For": "203.0.113.9",
        },
        follow_redirects=False,
    )
    assert answer.status_code == 409
    assert "立場の変更" in answer.text
    assert "立場を選ぶ" not in browser.get("/cases", **{"X-Forwarded-For": "203.0.113.9"}).text


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL" and "TSUNAGU" not in name}
    return {**kept, "TSUNAGU_VAR": str(tmp_path), "PORT": str(port), "HOST": "127.0.0.1", **more}


def test_a_real_process_is_ready_once_it_ticked_and_ends_well_when_it_is_told_to_stop(tmp_path: Path) -> None:
    given = environment(tmp_path, TSUNAGU_LOG="json")
    base = f"http://127.0.0.1:{given['PORT']}"
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve"],
        cwd=ROOT, env=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        process.stdout.readline()
        assert httpx.get(f"{base}/readyz").json() == {"status": "ok"}
        for _ in range(100):
            seen = figures(httpx.get(f"{base}/metrics").text)
            if seen["tsunagu_audit_gap_seconds"] < 60:
                break
            time.sleep(0.1)
        assert seen["tsunagu_replicas_alive"] == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()


def test_a_process_that_is_told_to_stop_while_it_begins_ends_well_too(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve"],
        cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        assert "鍵を" in process.stderr.readline()  # assembled, and not listening yet
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()
