"""A message full of personal details goes all the way through the web, and no record of any log holds a piece of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from bot.logs import JsonLines, Readable
from tests.bot.web.conftest import House

PIECES = (
    "三保トメ",
    "トメ",
    "090-1234-5678",
    "mihon.tome@example.jp",
    "中央一丁目2番3号",
    "昭和15年4月1日",
    "闇金",
    "1234567",
)
TOLD = (
    "三保トメさん（昭和15年4月1日生、中央一丁目2番3号、電話090-1234-5678、mihon.tome@example.jp、被保険者番号1234567）は"
    "物忘れが進み、息子の三保一郎さんは20年ひきこもり。闇金に借金がある。"
)


class Everything(logging.Handler):
    """Keeps every record of every logger, as it was given and as it would be written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == "httpx":  # the test's own browser
            return
        given = [record.getMessage(), repr({k: v for k, v in record.__dict__.items() if k not in ("msg", "args")})]
        self.said += [*given, JsonLines().format(record), Readable().format(record)]


@pytest.fixture
def heard() -> Iterator[Everything]:
    handler, root, ours = Everything(), logging.getLogger(), logging.getLogger("tsunagu")
    before = root.level, ours.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    ours.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before[0])
    ours.setLevel(before[1])


def test_nothing_personal_is_said_in_any_log(house: House, heard: Everything) -> None:
    browser = house.browser()
    browser.say(TOLD)
    assert "伏せました" in browser.page()
    browser.choose("accept")
    browser.choose("enough")
    browser.choose("confirm")
    browser.say("三保トメさんの電話は090-1234-5678です")
    browser.post(f"/talks/{browser.talk}/turns", TOLD.encode())  # no JSON at all
    browser.post("/cases/三保トメ/do", {"message": TOLD})
    browser.get(f"/talks/{TOLD}")
    assert any("turn done" in said for said in heard.said)
    for piece in PIECES:
        assert not [said for said in heard.said if piece in said], piece


def test_nor_when_the_work_on_it_fails(house: House, heard: Everything) -> None:
    browser = house.browser()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(TOLD)

    house.app.town.reader.read = broken  # type: ignore[method-assign]
    try:
        browser.say(TOLD)
    finally:
        del house.app.town.reader.read  # type: ignore[method-assign]
    assert any("RuntimeError" in said for said in heard.said)
    for piece in PIECES:
        assert not [said for said in heard.said if piece in said], piece
