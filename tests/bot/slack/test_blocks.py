"""Whatever is put in, Slack takes it; whatever is cut says so; nothing a person wrote is markup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View as SdkView

from bot.cards import Block as Words
from bot.cards import Button, Card, Field, FieldOption, Line, Lists, Marked
from bot.slack import blocks, modals
from bot.slack.blocks import Piece, Tails, cut, tame
from bot.slack.cards import Stand, frozen, message_of
from bot.slack.limits import LIMITS, faults, width
from bot.slack.marks import Carried, Mark, carried_of, mark_of
from bot.slack.words import message_tails

TALK = "slack:T0123456789:U0123456789:0123456789ab"
STAND = Stand(TALK, 123_456, "題" * 20, "MIHON-2026-0001")
TAILS = Tails("… 続きは紙で", "… {count} か所")
LENGTHS = st.one_of(
    st.integers(0, 40), st.sampled_from([74, 75, 76, 149, 150, 151, 1999, 2000, 2999, 3000, 3001, 9000])
)
LETTERS = st.sampled_from(["あ", "a", "&", "<", "*", "𠮷", "_", "`", ">", "\n", "👨‍👩‍👧", "|", " ", "\u202e"])


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A text of any length that matters, of letters that matter."""
    piece = "".join(draw(st.lists(LETTERS, min_size=1, max_size=6)))
    length = draw(LENGTHS)
    return (piece * (length // len(piece) + 1))[:length]


FEW = st.integers(0, 4)


@st.composite
def cards(draw: st.DrawFn) -> Card:
    """Any card a template could make, and many it could not."""
    many = draw(st.sampled_from([0, 1, 5, 12, 12, 110]))
    words = [
        Words(draw(st.sampled_from(["subheading", "alert", "item", "aside", "paragraph"])), draw(texts()))
        for _ in range(draw(FEW))
    ] * draw(st.sampled_from([1, 1, 20]))
    fold = Words("fold", draw(texts()), tuple(words[:2]))
    text, label = draw(texts()), draw(texts())
    lines = tuple(
        Line(
            f"dv@{n}", text, "あり", label,
            (Button("add", f"code{n}", label), Button("give", f"dv@{n}>{label[:60]}", label)), "present",
        )
        for n in range(many)
    )  # fmt: skip
    choices = draw(st.sampled_from([0, 1, 9, 10, 11, 101 if many < 20 else 12]))
    options = tuple(FieldOption(f"{n}{text[:200]}", f"{n}{label}") for n in range(choices))
    fields = tuple(
        Field(f"item{n}@{label[:30]}", kind, label, options, draw(texts()), n % 2 == 0, n % 3 == 0, text, label[:50])
        for n, kind in enumerate(["text", "choice", "multi", "number", "date", "age", "issue"] * max(1, many // 7))
    )
    buttons = tuple(Button("answer", f"q={n}", label, "primary", draw(texts())) for n in range(min(many, 12)))
    sections = tuple(Button("section", str(n), label) for n in range(draw(st.sampled_from([0, 1, 7]))))
    view = draw(st.sampled_from(["reading", "question", "proposal", "override", "section", "confirmed", "done", "x"]))
    title = draw(texts())
    return Card(
        view, title, (Words("heading", title), *words, fold), Marked(((text, label, "present"), (label, "", ""))),
        (Lists(label, lines),) if many else (), fields, Button("save", "3", label, "primary"), (*buttons, *sections), tuple(words[:3]),
    )  # fmt: skip


def taken_by_slack(payload: Mapping[str, Any]) -> None:
    """Within our table, and within what Slack's own models check."""
    assert faults(payload) == []
    kept = [
        block
        for block in payload["blocks"]
        if block["type"] != "input" or "dispatch_action_config" not in block["element"]
    ]
    for block in Block.parse_all(kept):
        assert block.to_dict()
    if payload.get("type") == "modal":
        made = SdkView(**{key: value for key, value in payload.items() if key != "blocks"}, blocks=kept)
        made.validate_json()


@settings(max_examples=50, deadline=None)
@given(cards())
def test_every_card_fits_in_a_message_and_in_its_modals(card: Card) -> None:
    taken_by_slack(message_of(card, STAND))
    taken_by_slack(frozen(card, card.title))
    taken_by_slack(modals.whole_modal(card))
    taken_by_slack(modals.card_modal(card))
    taken_by_slack(modals.fix_modal(card, Carried(TALK, 1)))
    for page in range(len(modals.pages_of(card.fields))):
        taken_by_slack(modals.form_modal(card, Carried(TALK, 1, "3", page), {}))


@settings(max_examples=100, deadline=None)
@given(texts(), st.integers(1, 4000))
def test_a_cut_text_fits_and_says_that_it_is_cut(text: str, most: int) -> None:
    short = cut(text, most, TAILS.short)
    assert width(short) <= most
    assert short == text if width(text) <= most else short.endswith("…") or short.endswith(TAILS.short)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=400), st.text(max_size=400))
def test_nothing_that_a_person_wrote_is_markup(before: str, after: str) -> None:
    attacks = "<!channel> <@U123> <https://evil.example|ok> <#C1> *太* _斜_ ~消~ `符号` @here :smile: &lt;!channel&gt;"
    shown = json.dumps(blocks.words(before + attacks + after, TAILS), ensure_ascii=False)
    for mark in ("<", ">", "&", "`", "~", "_斜", "@here", ":smile:"):
        assert mark not in shown


def test_words_keep_their_meaning_and_their_length() -> None:
    said = "A&B <至急> 080_1*2"
    assert len(tame(said)) == len(said)
    assert tame("10:30〜11:30、（見本市）") == "10:30〜11:30、（見本市）"


def test_what_our_templates_mark_as_strong_is_strong() -> None:
    assert blocks.marked("番号は **AB2CD3EF** です", "section.text")["text"] == "番号は  *AB2CD3EF*  です"
    assert "*" not in blocks.marked("**" + "あ" * 4000 + "**", "section.text")["text"]


def test_a_long_paragraph_is_spread_over_sections_and_nothing_is_lost() -> None:
    text = "\n".join(f"{n}行目の言葉" for n in range(900))
    shown = "\n".join(block["text"]["text"] for block in blocks.words(text, TAILS))
    assert shown == text


def test_a_long_card_keeps_its_buttons_and_says_where_the_rest_is() -> None:
    body = [block for _ in range(90) for block in blocks.words("長い話。" * 60, TAILS)]
    foot = blocks.actions([blocks.button("do:1", "進む", str(Mark(TALK, 1, "accept")))])
    sent = blocks.message(Piece(body, foot), "題", message_tails())
    assert sent["blocks"][-1] == foot[0]
    assert "「全文を見る」" in json.dumps(sent["blocks"][-2], ensure_ascii=False)
    assert faults(sent) == []


@pytest.mark.parametrize(
    ("payload", "fault"),
    [
        ({"text": "a", "blocks": [{"type": "divider"}] * 51}, "message.blocks"),
        ({"text": "", "blocks": []}, "message.text"),
        ({"text": "a", "blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "a"}}]}, "not plain_text"),
        ({"text": "a", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "a" * 151}}]}, "header.text"),
        ({"text": "a", "blocks": [{"type": "section", "block_id": "x", "text": {"type": "mrkdwn", "text": "a"}}] * 2}, "block_id: twice"),
        ({"text": "a", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "あ" * 3000}}] * 5}, "message.characters"),
        ({"text": "a", "blocks": [{"type": "context", "elements": [{"type": "mrkdwn", "text": " "}]}]}, "empty"),
        ({"text": "a", "blocks": [{"type": "video"}]}, "unknown"),
        ({"type": "modal", "title": {"type": "plain_text", "text": "あ" * 25}, "blocks": []}, "view.title"),
        ({"type": "home", "blocks": [{"type": "divider"}] * 101}, "view.blocks"),
        ({"type": "home", "private_metadata": "a" * 3001, "blocks": []}, "private_metadata"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_the_table_finds_what_slack_would_refuse(payload: dict[str, Any], fault: str) -> None:
    assert any(fault in found for found in faults(payload)), faults(payload)


@pytest.mark.parametrize(
    ("element", "fault"),
    [
        ({"type": "button", "action_id": "a", "text": {"text": "あ" * 76}}, "button.text"),
        ({"type": "button", "action_id": "a", "text": {"text": "あ"}, "value": "a" * 2001}, "button.value"),
        ({"type": "static_select", "action_id": "a", "options": []}, "none"),
        ({"type": "static_select", "action_id": "a", "options": [{"text": {"text": "あ"}, "value": "a" * 151}]}, "option.value"),
        ({"type": "static_select", "action_id": "a", "options": [{"text": {"text": "あ" * 76}, "value": "a"}]}, "option.text"),
        ({"type": "static_select", "action_id": "a", "options": [{"text": {"text": "あ"}, "value": "a"}] * 2}, "twice"),
        ({"type": "checkboxes", "action_id": "a", "options": [{"text": {"text": "あ"}, "value": str(n)} for n in range(11)]}, "choices.options"),
        ({"type": "overflow", "action_id": "a", "options": [{"text": {"text": "あ"}, "value": str(n)} for n in range(6)]}, "overflow.options"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_the_table_looks_into_elements(element: dict[str, Any], fault: str) -> None:
    block = {"type": "actions", "elements": [element]}
    assert any(fault in found for found in faults({"text": "a", "blocks": [block]}))


@given(st.integers(0, 999_999_999), st.from_regex(r"[a-z_]{1,20}", fullmatch=True), st.text(max_size=50))
def test_a_mark_comes_back_as_it_went(number: int, action: str, value: str) -> None:
    mark = Mark(TALK, number, action, value)
    assert mark_of(str(mark)) == mark


@pytest.mark.parametrize("text", [None, "", "abc", "1|2", "x|a|b|c", "9999999999|a|b|c", 5])
def test_what_is_not_ours_is_no_mark(text: object) -> None:
    assert mark_of(text) is None


def test_what_a_modal_carries_comes_back() -> None:
    carried = Carried(TALK, 3, "2", 1, "C1")
    assert carried_of(str(carried)) == carried
    assert carried_of("{") == carried_of("[1]") == carried_of(None) == Carried()


def test_what_never_may_be_cut_is_refused_instead() -> None:
    with pytest.raises(ValueError):
        blocks.button("do:1", "進む", "a" * (LIMITS["button.value"] + 1))
    with pytest.raises(ValueError):
        blocks.option("a" * (LIMITS["option.value"] + 1), "進む")
    with pytest.raises(ValueError):
        blocks.typed("v", "あ" * (LIMITS["input.value"] + 1))
