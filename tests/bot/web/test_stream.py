"""Server-sent events over a real connection."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import httpx
import pytest

from tests.bot.web.conftest import HOUSEHOLD, Served


class Page:
    """A browser on a real server."""

    def __init__(self, base: str, cookie: str = "") -> None:
        self.base = base
        self.http = httpx.Client(base_url=base, timeout=15, headers={"Cookie": cookie} if cookie else {})
        if not cookie:
            found = self.http.get("/").headers["set-cookie"].partition(";")[0]
            self.http.cookies.clear()
            self.http.headers["Cookie"] = found
        html = self.http.get("/").text
        self.talk = html.partition('data-conversation="')[2].partition('"')[0]

    def close(self) -> None:
        self.http.close()

    @property
    def cookie(self) -> str:
        return str(self.http.headers["Cookie"])

    def post(self, path: str, **body: Any) -> httpx.Response:
        return self.http.post(path, json=body, headers={"Origin": self.base, "X-Tsunagu": "1"})

    def turn(self, **turn: Any) -> httpx.Response:
        return self.post(f"/talks/{self.talk}/turns", message=str(uuid.uuid4()), **turn)

    def events(self, after: int = 0, *, last_id: str = "", most: int = 1) -> list[tuple[str, str, Any]]:
        """The next events: (name, id, data)."""
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last_id} if last_id else {})}
        with self.http.stream("GET", f"/talks/{self.talk}/events?after={after}", headers=headers) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            found = []
            for event in _parsed(answer.iter_lines()):
                found.append(event)
                if len(found) == most:
                    break
        return found


@pytest.fixture
def visit() -> Iterator[Callable[..., Page]]:
    """Opens pages and closes them at the end."""
    with ExitStack() as open_pages:
        yield lambda *where: open_pages.enter_context(closing(Page(*where)))


def _parsed(lines: Iterator[str]) -> Iterator[tuple[str, str, Any]]:
    name, number = "", ""
    for line in lines:
        key, _, value = line.partition(": ")
        if key == "event":
            name = value
        elif key == "id":
            number = value
        elif key == "data":
            yield name, number, json.loads(value)


def test_new_cards_arrive_by_themselves_and_only_what_is_new_after_a_break(
    serve: Callable[[], Served], visit: Callable[..., Page]
) -> None:
    page = visit(serve().base)
    assert page.turn(text=HOUSEHOLD).status_code == 202
    ((name, number, data),) = page.events()
    assert name == "entries"
    assert [entry["id"] for entry in data["entries"]] == ["e1", "e2"]
    assert "このように読み取りました" in data["entries"][1]["html"]
    assert "相談" in data["side"]
    page.turn(choice={"action": "accept"})
    ((_, _, later),) = page.events(last_id=number)
    assert [entry["id"] for entry in later["entries"]] == ["e2", "e3", "e4"], (
        "the old card comes again, without choices"
    )
    assert 'data-action="accept"' not in later["entries"][0]["html"]


def test_a_stream_shows_what_another_process_worked_off(
    serve: Callable[[], Served], visit: Callable[..., Page]
) -> None:
    one, two = serve(), serve()
    mine = visit(one.base)
    mine.turn(text=HOUSEHOLD)
    mine.events()
    beside = visit(two.base, mine.cookie)
    assert beside.talk == mine.talk
    with mine.http.stream("GET", f"/talks/{mine.talk}/events?after=2") as answer:
        beside.turn(choice={"action": "accept"})
        started = time.monotonic()
        name, _, data = next(_parsed(answer.iter_lines()))
    assert name == "entries"
    assert "この読み取りで進む" in data["entries"][1]["html"]
    assert time.monotonic() - started < 5


def test_a_page_is_told_that_its_talk_went_elsewhere(serve: Callable[[], Served], visit: Callable[..., Page]) -> None:
    up = serve()
    mine, other = visit(up.base), visit(up.base)
    mine.turn(text=HOUSEHOLD)
    mine.events()
    mine.turn(choice={"action": "pause"})
    ((_, _, data),) = mine.events(after=2)
    code = "".join(entry["html"] for entry in data["entries"]).partition("<strong>")[2].partition("</strong>")[0]
    with mine.http.stream("GET", f"/talks/{mine.talk}/events?after=4") as answer:
        assert other.post("/resume", code=code).status_code == 200
        name, _, data = next(_parsed(answer.iter_lines()))
    assert name == "gone"
    assert "別の画面で再開されました" in data["html"]


def test_a_database_in_trouble_is_told_on_the_open_page(
    serve: Callable[[], Served], visit: Callable[..., Page]
) -> None:
    up = serve()
    page = visit(up.base)
    page.turn(text=HOUSEHOLD)
    page.events()
    surface = up.server.config.app.state.surface  # type: ignore[union-attr]
    with page.http.stream("GET", f"/talks/{page.talk}/events?after=2") as answer:
        lines = answer.iter_lines()
        next(lines)
        time.sleep(0.5)
        surface.hub.tell(page.talk, "store_read_only")
        name, _, data = next(_parsed(lines))
    assert name == "trouble"
    assert "書き込めません" in data["html"]


def test_open_streams_do_not_keep_the_server_from_stopping(
    serve: Callable[[], Served], visit: Callable[..., Page]
) -> None:
    up = serve()
    page = visit(up.base)
    page.turn(text=HOUSEHOLD)
    with page.http.stream("GET", f"/talks/{page.talk}/events?after=2") as answer:
        next(answer.iter_lines())
        started = time.monotonic()
        up.stop()
    assert not up.thread.is_alive()
    assert time.monotonic() - started < 4
