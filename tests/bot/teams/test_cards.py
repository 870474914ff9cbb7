"""Cards: every view of every talk, and every length of everything, within what Teams takes; no words become markup."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import Block, Button, Card, Field, FieldOption, Line, Lists, Marked
from bot.teams import forms, pieces
from bot.teams.cards import Stand, frozen, piece_of
from bot.teams.limits import LIMITS, card_faults, faults, sizes
from bot.teams.marks import Mark, mark_of
from bot.teams.messages import card as made_card
from bot.teams.messages import message
from bot.world import Town
from tests.bot.teams.replay import every_view
from tests.bot.teams.teams import buttons, elements, inputs, words_of

STAND = Stand(":ab12cd34ef56", 12, owner="29:1abcdef")


def shown(card: Card, stand: Stand = STAND) -> Any:
    return message(piece_of(card, stand), card.title, stand)


def test_every_view_of_every_talk_is_taken_by_teams(town: Town) -> None:
    for where, view in every_view():
        card = town.renderer.card(view)
        assert not faults(shown(card)), (where, view.name, faults(shown(card)))
        assert not faults(message(frozen(card, "→ x"), card.title)), (where, view.name)


def said(card: Card) -> set[tuple[str, str]]:
    """Every choice of a card."""
    inside = [b for group in card.lists for line in group.lines for b in line.buttons]
    return {(b.action, b.value) for b in (*inside, *card.buttons, *([card.submit] if card.submit else []))}


def offered(content: Any) -> set[tuple[str, str]]:
    """Every choice that can be made on an Adaptive Card."""
    marks = [mark_of(action["data"]["k"]) for action in buttons(content).values()]
    every = [mark_of(e["data"]["k"]) for e in elements(content) if e["type"] == "Action.Execute"]
    found = {(m.action, m.value) for m in [*marks, *every] if m}
    for name, element in inputs(content).items():
        if name.startswith(("c:row-", "c:pick-")):
            entries = [
                pieces.decoded(c["value"]).partition("|")
                for c in element["choices"]
                if "|" in pieces.decoded(c["value"])
            ]
            found |= {(action, value) for action, _, value in entries}
    return found


def test_every_choice_of_every_view_can_be_made_in_teams(town: Town) -> None:
    for where, view in every_view():
        card = town.renderer.card(view)
        content = shown(card)["attachments"][0]["content"]
        missing = said(card) - offered(content)
        if view.name == "reading":
            missing -= {("add", "")}  # added in the same list as the corrections
            assert "m:fix-add" in inputs(content)
            assert len([e for e in missing if e[0] == "add"]) <= max(0, sum(e[0] == "add" for e in said(card)) - 11)
            missing = {e for e in missing if e[0] != "add"}
        assert not missing, (where, view.name, missing)


def test_every_word_of_every_view_is_on_its_card(town: Town) -> None:
    for where, view in every_view():
        card = town.renderer.card(view)
        words = words_of(shown(card)["attachments"][0]["content"]).replace("\n", "")
        for block in (*card.blocks, *card.after):
            for part in (block, *block.inside):
                plain = part.text.replace("**", "").replace("\n", "").replace(" ", "")
                assert plain in words.replace(" ", ""), (where, view.name, part.text)


HOSTILE = [
    "[押して](https://evil.example)", "**太字**", "<at>山田</at>", "<script>alert(1)</script>", "{{DATE(2026-11-20T00:00:00Z)}}",
    "# 見出し", "- 項目", "&lt;at&gt;", "`code`", "\u202e逆さ", "${name}", "![x](https://evil.example/x.png)",
]  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE)
def test_words_of_people_never_become_markup(words: str) -> None:
    line = Line("x", words, "あり", words, (Button("deny", "x", words),))
    card = Card(
        "reading", words, (Block("heading", words), Block("paragraph", words)), Marked(((words, "", ""),)),
        (Lists(words, (line,)),), (Field("code", "issue", words, (FieldOption("a", words),)),),
    )  # fmt: skip
    content = shown(card)["attachments"][0]["content"]
    kinds = {e["type"] for e in elements(content)}
    assert "TextBlock" not in kinds
    assert "entities" not in content.get("msteams", {})
    assert "{{DATE" not in json.dumps(content)
    for element in inputs(content).values():
        assert not any(set("[]<>*`") & set(c["title"]) for c in element.get("choices", ()))


TEXT = (
    st.text(st.characters(codec="utf-8"), max_size=40)
    | st.integers(0, 9_000).map("長".__mul__)
    | st.integers(0, 9_000).map("x".__mul__)
)
SHORT = st.text(st.sampled_from("abcあい_0123:=>.,% "), min_size=1, max_size=60)
BUTTON = st.builds(Button, SHORT, SHORT, TEXT, st.sampled_from(["plain", "primary", "danger"]), TEXT)
KINDS = st.sampled_from(["heading", "subheading", "alert", "item", "aside", "paragraph"])
BLOCK = st.builds(Block, KINDS, TEXT) | st.builds(
    Block, st.just("fold"), TEXT, st.lists(st.builds(Block, KINDS, TEXT), max_size=3).map(tuple)
)
LINE = st.builds(Line, SHORT, TEXT, TEXT, TEXT, st.lists(BUTTON, max_size=5).map(tuple))
OPTIONS = st.lists(st.builds(FieldOption, SHORT, TEXT), max_size=60).map(tuple)
FIELD = st.builds(
    Field,
    SHORT,
    st.sampled_from(["text", "choice", "multi", "number", "date", "age", "issue", "holder"]),
    TEXT,
    OPTIONS,
    TEXT,
    st.booleans(),
    st.booleans(),
    TEXT,
    TEXT,
)
CARD = st.builds(
    Card,
    st.sampled_from(["reading", "question", "section", "proposal", "board", "case"]),
    TEXT,
    st.lists(BLOCK, max_size=12).map(tuple),
    st.builds(Marked, st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=4).map(tuple)),
    st.lists(st.builds(Lists, TEXT, st.lists(LINE, max_size=30).map(tuple)), max_size=2).map(tuple),
    st.lists(FIELD, max_size=25, unique_by=lambda f: f.id).map(tuple),
    st.none() | BUTTON,
    st.lists(BUTTON, max_size=40).map(tuple),
    st.lists(BLOCK, max_size=4).map(tuple),
)


@settings(max_examples=150, deadline=None)
@given(CARD, st.integers(0, 3))
def test_no_card_of_any_length_is_over_the_limits(card: Card, page: int) -> None:
    stand = Stand(":ab12cd34ef56", 12, page, owner="29:1abcdef")
    found = shown(card, stand)
    assert not faults(found), faults(found)
    assert not list(card_faults(made_card(piece_of(card, stand), card.title, stand)))
    assert sizes(found)[0] <= LIMITS["message.utf8"]


def test_what_does_not_fit_is_said_and_the_buttons_stay() -> None:
    blocks = tuple(Block("paragraph", f"{n}行目" + "長" * 400) for n in range(60))
    card = Card("proposal", "長い提案", blocks, buttons=(Button("confirm", "", "この提案で決める"),))
    content = shown(card)["attachments"][0]["content"]
    words = words_of(content)
    shown_lines = sum(f"{n}行目" in words for n in range(60))
    assert 0 < shown_lines < 60
    assert f"ここに入りきらない {60 - shown_lines} か所があります" in words
    assert "この提案で決める" in buttons(content)


@given(st.lists(FIELD, max_size=60, unique_by=lambda f: f.id))
@settings(max_examples=50, deadline=None)
def test_every_field_is_on_exactly_one_page(fields: list[Field]) -> None:
    spread = [field.id for page in forms.pages(fields) for field in page]
    assert spread == [field.id for field in fields]


@given(st.text(max_size=200))
def test_a_typed_answer_comes_back_as_it_was_typed(text: str) -> None:
    assert forms.answers({"f:reason": text}, "overridden") == {"reason": text}


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=10), min_size=1, max_size=5, unique=True))
def test_choices_come_back_whatever_stands_in_them(values: list[str]) -> None:
    sent = ",".join(map(pieces.coded, values))
    assert forms.answers({"m:items": sent}, "save") == {"items": "、".join(v for v in values if v != pieces.NOTHING)}
    assert forms.answers({"c:one": pieces.coded(values[0])}, "save")["one"] in (values[0], "")


@given(
    st.from_regex(r"[^|]{0,40}", fullmatch=True),
    st.integers(0, 9_999),
    st.from_regex(r"[a-z:_]{1,20}", fullmatch=True),
    st.text(max_size=60),
    st.integers(0, 9),
)
def test_a_mark_comes_back_as_it_was_made(talk: str, number: int, action: str, value: str, page: int) -> None:
    mark = Mark(talk, number, action, value, page)
    assert mark_of(str(mark)) == mark


@given(st.text(max_size=80) | st.integers() | st.none())
def test_what_is_no_mark_of_ours_is_none_or_harmless(text: object) -> None:
    found = mark_of(text)
    assert found is None or str(found).count("|") >= 3


def test_a_town_with_many_answers_gets_a_list(town: Town) -> None:
    many = tuple(Button("answer", f"q.area=a{n}", f"第{n}圏域") for n in range(30))
    content = shown(Card("question", "どの圏域ですか", buttons=many))["attachments"][0]["content"]
    assert offered(content) >= {("answer", f"q.area=a{n}") for n in range(30)}
    assert len(buttons(content)) == 1
