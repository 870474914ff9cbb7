"""Cards with fields → modals: a section of the intake sheet, another route with its reason, corrections of a reading.

Also what was entered, read back from a modal's state. Refuses to know requests, the store and what the answers do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from bot.cards import Button, Card, Field, FieldOption, Line
from bot.intake import parts_of
from bot.slack import blocks
from bot.slack.cards import body_of, line_words, words_of
from bot.slack.limits import LIMITS, width
from bot.slack.marks import Carried, carried_of
from bot.slack.words import modal_tails, word

NEW, FIX, FORM, OVERRIDE, ENTRY, CASE, WHOLE, SETTINGS = (
    "new", "fix", "form", "override", "entry", "case", "whole", "settings",
)  # fmt: skip
_NAMES = {"override": OVERRIDE, "section": FORM}
_MOST_ROWS = 90
_ROW, _ADD, _WHO = "row:", "add", "who"
_TEXT, _PLACE = "text", "place"
Json = Mapping[str, Any]


def new_modal(text: str, channel: str) -> dict[str, Any]:
    """Where a situation is typed; `text` is what is there already."""
    kept = text if width(text) <= LIMITS["input.value"] else ""
    entry = blocks.typed(_TEXT, kept, lines=True, placeholder=word("label.example"))
    field = blocks.field_of(
        _TEXT, word("label.situation"), entry, hint=word("label.start_hint"), optional=False, tell=True
    )
    return _modal(NEW, [field], Carried(channel=channel), "button.send")


def slip_modal(name: str) -> dict[str, Any]:
    """A modal that only says what is going on (`loading`, `saving`)."""
    return _modal("slip", blocks.words(word(f"slip.{name}"), modal_tails()), Carried(), "", "title.loading")


def whole_modal(card: Card) -> dict[str, Any]:
    """Everything a card says, with what is folded opened."""
    return _modal(WHOLE, body_of(card, None, folded=False), Carried(), "")


def card_modal(card: Card) -> dict[str, Any]:
    """A card of words only (why something could not be opened)."""
    return _modal(WHOLE, body_of(card, None), Carried(), "", "title.trouble")


def settings_modal(place: str) -> dict[str, Any]:
    """What a person may set."""
    entries = [blocks.option(name, word(f"label.place_{name}")) for name in ("thread", "dm")]
    entry = blocks.select(_PLACE, word("label.pick"), entries, place)
    field = blocks.field_of(_PLACE, word("label.mention_place"), entry, optional=False)
    return _modal(SETTINGS, [field], Carried(), "button.save")


def form_modal(card: Card, carried: Carried, draft: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a card, prefilled with the draft first. What does not fit comes on the next page (`carried.page`)."""
    head = words_of([b for b in card.blocks if b.kind != "heading"])
    pages = pages_of(card.fields)
    page = min(carried.page, len(pages) - 1)
    tell = card.view != "override"
    body = [*head, *(_field(field, draft, tell=True, needed=not tell) for field in pages[page])]
    left = sum(map(len, pages[page + 1 :]))
    if left:
        body.append(blocks.aside(word("label.page", count=str(left)), modal_tails()))
    name = CASE if carried.section.startswith("case:") else _NAMES.get(card.view, ENTRY)
    title = "title.override" if name == OVERRIDE else ""
    about, _, what = card.title.rpartition(": ") if name == CASE else ("", "", card.title)
    if about:  # a title holds 24 characters: what is done goes there, the case below it
        body.insert(0, blocks.aside(about, modal_tails()))
    send = card.submit.label if name == CASE and card.submit else ""
    return _modal(name, body, carried, "button.save", title, what, send)


def pages_of(fields: Sequence[Field]) -> list[Sequence[Field]]:
    """The fields as they are spread over modals; at least one page."""
    sendable = [field for field in fields if width(field.id) <= LIMITS["block_id"]]
    starts = range(0, max(len(sendable), 1), _MOST_ROWS)
    return [sendable[start : start + _MOST_ROWS] for start in starts]


def fix_modal(card: Card, carried: Carried) -> dict[str, Any]:
    """Every finding with what can be done to it, and issues to add."""
    rows = [line for group in card.lists for line in group.lines if line.buttons]
    body = [_row(line, number) for number, line in enumerate(rows[:_MOST_ROWS])]
    if len(rows) > _MOST_ROWS:
        body.append(
            blocks.aside(word("label.rest_rows", count=str(len(rows) - _MOST_ROWS)), modal_tails()),
        )
    search = blocks.search(_ADD, word("label.pick_issue"))
    body.append(blocks.field_of(_ADD, word("label.add_issue"), search))
    holders = next((field for field in card.fields if field.kind == "holder"), None)
    if holders and holders.options:
        entries = [blocks.option(str(n), option.label) for n, option in enumerate(holders.options)]
        who = blocks.select(_WHO, word("label.pick"), entries)
        body.append(blocks.field_of(_WHO, word("label.add_for"), who))
    return _modal(FIX, body, carried, "button.apply")


def _row(line: Line, number: int) -> blocks.Block:
    entries = [blocks.option(str(n), _what(choice)) for n, choice in enumerate(line.buttons)]
    select = blocks.select("do", word("label.keep"), entries)
    return blocks.field_of(f"{_ROW}{number}", line_words(line).removeprefix("• "), select)


def _what(choice: Button) -> str:
    return word("label.give", who=choice.label) if choice.action == "give" else choice.label


def issue_options(card_options: Sequence[FieldOption], typed: str) -> list[dict[str, Any]]:
    """The answer to a search: at most a hundred issues whose words hold what was typed."""
    found = [option for option in card_options if typed in option.label or typed in option.group]
    return [blocks.option(option.value, option.label) for option in found[: LIMITS["select.options"]]]


def _field(field: Field, draft: Mapping[str, str], *, tell: bool, needed: bool) -> blocks.Block:
    value = draft.get(field.id, field.value)
    label = word("label.group_field", label=field.label, who=field.group) if field.group else field.label
    label = word("label.bold_frame", label=label) if field.report else label
    hint = field.help + (word("label.secret") if field.secret else "")
    entry = _element(field, value)
    if entry is None:
        hint = word("label.not_prefilled")
        entry = blocks.typed("v")
    return blocks.field_of(field.id, label, entry, hint=hint, optional=not needed, tell=tell and not field.secret)


def _element(field: Field, value: str) -> blocks.Element | None:
    """The element of a field; None when what is in it now does not fit."""
    entries = [blocks.option(coded(o.value, n), o.label) for n, o in enumerate(field.options)]
    if field.kind == "choice" and entries:
        now = next((coded(o.value, n) for n, o in enumerate(field.options) if o.value == value), "")
        return blocks.select("v", word("label.unfilled"), entries, now)
    if field.kind == "multi" and entries:
        values = [option.value for option in field.options]
        chosen = parts_of(value, values) or tuple(word for word in value.split() if word in values)
        return blocks.many("v", word("label.unfilled"), entries, [coded(v, values.index(v)) for v in chosen])
    if field.kind == "date" and not field.secret and (not value or is_day(value)):
        return blocks.day("v", value)
    if width(value) > LIMITS["input.value"]:
        return None
    return blocks.typed("v", value, lines=field.kind == "text" and not field.secret and not field.group)


def coded(value: str, number: int) -> str:
    """A choice's value as an option may carry it: itself, or its place when it is too long."""
    return value if width(value) < LIMITS["option.value"] and not value.startswith("#") else f"#{number}"


def is_day(text: str) -> bool:
    """Whether it is a date as Slack's calendar writes it."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _modal(
    name: str,
    body: Sequence[blocks.Block],
    carried: Carried,
    submit: str,
    title: str = "",
    title_words: str = "",
    submit_words: str = "",
) -> dict[str, Any]:
    return blocks.modal(
        title_words if title_words and not title else word(title or f"title.{name}"),
        body,
        close=word("button.cancel" if submit else "button.close"),
        submit=submit_words or (word(submit) if submit else ""),
        name=name,
        carried=str(carried),
        tails=modal_tails(),
    )


def entered(state: object) -> dict[str, str]:
    """Block id → what stands in the field; several choices joined by 「、」. Anything that is not ours is left out."""
    values = state.get("values") if isinstance(state, Mapping) else None
    found: dict[str, str] = {}
    for block, actions in values.items() if isinstance(values, Mapping) else ():
        for entry in actions.values() if isinstance(actions, Mapping) else ():
            if isinstance(entry, Mapping):
                found[str(block)] = _value(entry)
    return found


def _value(entry: Json) -> str:
    if "selected_options" in entry:
        return "、".join(_option(option) for option in entry["selected_options"] or ())
    if entry.get("selected_option"):
        return _option(entry["selected_option"])
    return str(entry.get("value") or entry.get("selected_date") or "")


def _option(option: object) -> str:
    return str(option.get("value", "")) if isinstance(option, Mapping) else ""


def answers(values: Mapping[str, str], fields: Sequence[Field]) -> dict[str, str]:
    """What was entered, by field id, with places of choices turned back into the choices themselves."""
    known = {field.id: field for field in fields}
    return {name: _decoded(text, known[name]) for name, text in values.items() if name in known}


def _decoded(text: str, field: Field) -> str:
    if not field.options or field.kind not in ("choice", "multi"):
        return text
    codes = {coded(option.value, n): option.value for n, option in enumerate(field.options)}
    return "、".join(codes.get(code, code) for code in parts_of(text, tuple(codes))) if text else ""


def corrections(values: Mapping[str, str], card: Card) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(action, value, fields) of every correction that was chosen, in the order of the rows."""
    rows = [line for group in card.lists for line in group.lines if line.buttons]
    for number, line in enumerate(rows[:_MOST_ROWS]):
        chosen = values.get(f"{_ROW}{number}", "")
        if chosen.isdecimal() and int(chosen) < len(line.buttons):
            choice = line.buttons[int(chosen)]
            yield choice.action, choice.value, {}
    holders = next((field.options for field in card.fields if field.kind == "holder"), ())
    who = values.get(_WHO, "")
    holder = holders[int(who)].value if who.isdecimal() and int(who) < len(holders) else ""
    for code in filter(None, values.get(_ADD, "").split("、")):
        yield "add", code, {"holder": holder} if holder else {}


def typed_text(values: Mapping[str, str]) -> str:
    """What was typed in `new_modal`."""
    return values.get(_TEXT, "")


def chosen_place(values: Mapping[str, str]) -> str:
    """What was chosen in `settings_modal`."""
    return values.get(_PLACE, "")


def draft_name(form: str, carried: str) -> str:
    """Under which name a modal's draft is kept: the same for the same form of the same talk, whichever card opened it."""
    found = carried_of(carried)
    parts: Mapping[str, str] = {FORM: f"{found.talk}|{found.section}|{found.page}", OVERRIDE: found.talk}
    return f"{form}|{parts.get(form, '')}"
