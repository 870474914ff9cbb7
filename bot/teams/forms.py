"""The fields of a card as inputs, spread over pages when one message cannot hold them; and what was entered, read back.

A field's name tells its kind (`f:` typed, `c:` one choice, `m:` several). Pure; refuses to know requests, the store and what answers do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from bot.cards import Button, Card, Field, Line
from bot.intake import parts_of
from bot.teams import pieces
from bot.teams.limits import LIMITS, sizes
from bot.teams.marks import FIX, FORM, Mark
from bot.teams.pieces import MULTI, NOTHING, ONE, TEXT, Element
from bot.teams.words import word

_ROOM = 15_000  # bytes of a form's fields in one message
_ROW = f"{ONE}row-"
_ADD, _WHO = f"{MULTI}fix-add", f"{ONE}fix-who"
_BOX = "fix"
_SPACED = "case:"  # several values are joined by spaces there, by 「、」 on the intake sheet


def form(card: Card, mark: Mark, page: int) -> list[Element]:
    """The inputs of one page with the button that sends them."""
    spread = pages(card.fields)
    now = min(page, len(spread) - 1)
    out = [element for field in spread[now] for element in _field(field)]
    left = sum(map(len, spread[now + 1 :]))
    if left:
        out += pieces.words(word("label.page", count=str(left)), isSubtle=True)
    if card.submit:
        out += pieces.actions([pieces.button(card.submit.label, mark, FORM, card.submit.style)])
    return out


def pages(fields: Sequence[Field]) -> list[list[Field]]:
    """The fields as they are spread over cards by their size; at least one page."""
    out: list[list[Field]] = [[]]
    used = 0
    for field in fields:
        if not fits_name(field):
            continue
        size = max(sizes(_field(field)))
        if out[-1] and used + size > _ROOM:
            out.append([])
            used = 0
        out[-1].append(field)
        used += size
    return out


def fits_name(field: Field) -> bool:
    """Whether a field can be sent at all."""
    return len(field.id) <= 200


def _field(field: Field) -> list[Element]:
    label = word("label.group_field", label=field.label, who=field.group) if field.group else field.label
    label = word("label.bold_frame", label=label) if field.report else label
    hint = field.help + (word("label.secret") if field.secret else "")
    element = _input(field)
    if element is None:
        element, hint = _typed(field, ""), word("label.not_prefilled")
    head = pieces.words(label, weight="Bolder", spacing="Medium")
    return [*head, *pieces.words(pieces.cut(hint, 300), isSubtle=True, size="Small"), element]


def _input(field: Field) -> Element | None:
    """The input of a field; None when what is in it now does not fit."""
    value = field.value
    entries = [pieces.choice(option.value, option.label) for option in field.options]
    if field.kind == "choice" and entries:
        now = value if any(option.value == value for option in field.options) else ""
        nothing = {"title": word("label.unfilled"), "value": NOTHING}
        return pieces.choices(ONE + field.id, [nothing, *entries], pieces.coded(now) if now else NOTHING)
    if field.kind == "multi" and entries:
        return pieces.choices(
            MULTI + field.id,
            entries,
            ",".join(map(pieces.coded, _chosen(field))),
            many=True,
            expanded=len(entries) <= 12,
        )
    if field.kind == "date" and not field.secret and (not value or _is_day(value)):
        return pieces.day(TEXT + field.id, value)
    return _typed(field, value) if len(value) <= LIMITS["input.value"] else None


def _typed(field: Field, value: str) -> Element:
    return pieces.typed(TEXT + field.id, value, lines=field.kind == "text" and not field.secret and not field.group)


def _chosen(field: Field) -> Sequence[str]:
    values = [option.value for option in field.options]
    return parts_of(field.value, values) or [word for word in field.value.split() if word in values]


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def fix(card: Card, mark: Mark) -> list[Element]:
    """Every finding with what can be done to it, and issues to add, folded behind one button."""
    rows = _rows(card)
    items: list[Element] = []
    used, shown = 0, 0
    for number, line in enumerate(rows):
        made = _row(line, number)
        used += max(sizes(made))
        if used > _ROOM:
            break
        items += made
        shown += 1
    if shown < len(rows):
        items += pieces.words(word("label.rest_rows", count=str(len(rows) - shown)), isSubtle=True)
    items += _adding(card)
    items += pieces.actions([pieces.button(word("button.apply"), mark, FIX, "primary")])
    return [*pieces.actions([pieces.toggle(word("button.fix"), _BOX)]), pieces.folded(_BOX, items)]


def _rows(card: Card) -> list[Line]:
    return [line for group in card.lists for line in group.lines if any(b.action != "add" for b in line.buttons)]


def _row(line: Line, number: int) -> list[Element]:
    entries = [{"title": word("label.keep"), "value": NOTHING}]
    entries += [pieces.choice(f"{b.action}|{b.value}", _what(b)) for b in line.buttons]
    return [pieces.rich([pieces.run(line.text, weight="Bolder")]), pieces.choices(f"{_ROW}{number}", entries, NOTHING)]


def _what(button: Button) -> str:
    return word("label.give", who=button.label) if button.action == "give" else button.label


def _adding(card: Card) -> list[Element]:
    out: list[Element] = []
    for field in {field.kind: field for field in card.fields}.values():
        entries = [pieces.choice(option.value, option.label) for option in field.options]
        if field.kind == "issue" and entries:
            out += pieces.words(word("label.add_issue"), weight="Bolder", spacing="Medium")
            out.append(pieces.choices(_ADD, entries, many=True, placeholder=word("label.pick")))
        elif field.kind == "holder" and entries:
            out += pieces.words(word("label.add_for"), weight="Bolder")
            nothing = {"title": word("label.unfilled"), "value": NOTHING}
            out.append(pieces.choices(_WHO, [nothing, *entries], NOTHING))
    return out


def answers(inputs: Mapping[str, str], action: str) -> dict[str, str]:
    """What was entered, by field id; several choices joined as the action takes them."""
    sep = " " if action.startswith(_SPACED) else "、"
    found: dict[str, str] = {}
    for name, text in inputs.items():
        kind, field = name[: len(TEXT)], name[len(TEXT) :]
        if field.startswith(("row-", "fix-", "pick-")):
            continue
        if kind == TEXT:
            found[field] = text
        elif kind in (ONE, MULTI):
            found[field] = pieces.decoded(text, sep)
    return found


def corrections(inputs: Mapping[str, str]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(action, value, fields) of every correction that was chosen, in the order of the rows."""
    rows = {name[len(_ROW) :]: text for name, text in inputs.items() if name.startswith(_ROW)}
    for number in sorted((n for n in rows if n.isascii() and n.isdecimal()), key=int):
        action, found, value = pieces.decoded(rows[number]).partition("|")
        if found:
            yield action, value, {}
    holder = pieces.decoded(inputs.get(_WHO, ""))
    for code in inputs.get(_ADD, "").split(","):
        if code:
            yield "add", pieces.decoded(code), {"holder": holder} if holder else {}


def picked(inputs: Mapping[str, str], name: str) -> tuple[str, str]:
    """(action, value) of the entry picked from a list; both empty when nothing was."""
    action, _, value = pieces.decoded(inputs.get(ONE + name, "")).partition("|")
    return action, value
