"""Real browsers: Chromium, and a person at one of their own. Screenshots go to var/screenshots/."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
SHOTS = Path(__file__).parents[3] / "var" / "screenshots"
SITUATION = (
    "80代の母と50代の息子の二人暮らし。息子は20年ほど部屋にひきこもっていて、働いたことがほとんどない。"
    "母は最近もの忘れが進み、薬の飲み忘れがある。母の年金で暮らしていて、電気代を滞納している。"
    "近所づきあいはなく、包括が訪ねても息子が断る。"
)
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 400, "height": 800}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Headless Chromium; skipped with the reason where it cannot be had, except in CI."""
    in_ci = os.environ.get("CI") == "true"
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        if in_ci:
            raise
        pytest.skip("the browser is not tested: playwright is not installed (make setup-dev)")
    if not CHROMIUM.exists() and not in_ci:
        pytest.skip(f"the browser is not tested: {CHROMIUM} is missing (apt-get install chromium fonts-noto-cjk)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Visitor:
    """A person at a browser of their own. Anything the browser complains about is kept."""

    page: Any
    base: str
    complaints: list[str] = field(default_factory=list)

    def shot(self, name: str) -> None:
        """The whole page in one picture: the window is made as tall as the page, so that nothing sticks in the middle."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        size = self.page.viewport_size
        tall = self.page.evaluate("() => document.documentElement.scrollHeight")
        self.page.set_viewport_size({"width": size["width"], "height": max(size["height"], tall)})
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
        self.page.set_viewport_size(size)

    def live(self) -> Any:
        return self.page.locator(".card.live")

    def wait_for(self, words: str) -> None:
        self.page.locator(".card.live h2", has_text=words).wait_for(timeout=15_000)

    def press(self, words: str) -> None:
        self.live().get_by_role("button", name=words, exact=False).first.click()

    def say(self, text: str) -> None:
        self.page.get_by_label("相談の内容、または質問への答え").fill(text)
        self.page.keyboard.press("Enter")

    def answer_all(self) -> int:
        """わからない to consent, the first answer to the rest, until the proposal is there."""
        count = 0
        while True:
            title = self.live().locator("h2").inner_text()
            if title.startswith("提案"):
                return count
            assert title.startswith("確認"), title
            count += 1
            assert count <= 7, "at most seven questions"
            if "同意" in title:
                self.press("わからない")
            else:
                self.live().locator(".answers button").first.click()
            self.page.wait_for_function("t => document.querySelector('.card.live h2').innerText !== t", arg=title)

    def fits(self) -> None:
        """No horizontal scroll, and nothing that is cut off at the side."""
        wide = self.page.evaluate(
            """() => [...document.querySelectorAll('body *')].filter(e => {
                const r = e.getBoundingClientRect();
                return r.width && !e.closest('.hidden, .skip, select, option') && r.right > innerWidth + 1;
            }).map(e => e.tagName + '.' + e.className).slice(0, 5)"""
        )
        scroll = self.page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        assert (wide, scroll <= 0) == ([], True)


@pytest.fixture
def visit(chromium: Any) -> Iterator[Callable[..., Visitor]]:
    """Opens browsers that share nothing; at the end none of them may have complained."""
    contexts, visitors = [], []

    def opened(base: str, size: dict[str, int]) -> Visitor:
        context = chromium.new_context(viewport=size, locale="ja-JP", timezone_id="Asia/Tokyo")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        visitor = Visitor(page, base)
        page.on("console", lambda m: visitor.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        page.goto(base)
        visitors.append(visitor)
        return visitor

    yield opened
    for context in contexts:
        context.close()
    assert [c for v in visitors for c in v.complaints] == []


def to_proposal(clerk: Visitor) -> None:
    clerk.say(SITUATION)
    clerk.wait_for("このように読み取りました")
    clerk.press("この読み取りで進む")
    clerk.page.wait_for_function("() => /^(確認|提案)/.test(document.querySelector('.card.live h2').innerText)")
    clerk.answer_all()
