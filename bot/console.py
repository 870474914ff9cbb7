"""The talk in a terminal: cards as plain text, choices by number, forms field by field. Translates only.

Every choice on a card has a number; typing it is the choice, anything else is text. The finished talk can be printed as a
transcript that tests replay (`> text`, `* action value | field=value`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime

from bot.cards import Block, Button, Card, Field
from bot.conversation import Conversation
from bot.render import Renderer
from bot.turns import Choice, Turn
from knowledge.text import fold

_MARKS = {
    "heading": "■ ",
    "subheading": "□ ",
    "alert": "！ ",
    "item": "・",
    "aside": "  ",
    "paragraph": "",
    "fold": "▽ ",
}


def card_lines(card: Card) -> Iterator[str]:
    """A card as lines of text, choices numbered in the order of `buttons_of`."""
    numbers = {id(button): number for number, button in enumerate(buttons_of(card), start=1)}
    for block in card.blocks:
        yield from _block_lines(block, "")
    if card.marked.parts:
        text = "".join(f"[{words}:{label}]" if label else words for words, label, _ in card.marked.parts)
        yield "  " + text.replace("\n", " ")
    for group in card.lists:
        yield f"□ {group.title}"
        for line in group.lines:
            quote = f"「{line.quote}」".replace("\n", " ") if line.quote else ""
            state = f"[{line.polarity}] " if line.polarity else ""
            choices = " ".join(f"({numbers[id(b)]}){b.label}" for b in line.buttons)
            yield f"・{state}{line.text}{quote}  {choices}".rstrip()
    for block in card.after:
        yield from _block_lines(block, "")
    for field in card.fields:
        if field.kind not in ("issue", "holder"):
            yield f"・{field.label}{f'（{field.group}）' if field.group else ''}{'［太枠］' if field.report else ''}: {_shown(field)}"
    footer = [*([card.submit] if card.submit else []), *card.buttons]
    if footer:
        yield " ".join(f"({numbers[id(b)]}){b.label}{f'〔{b.hint}が変わります〕' if b.hint else ''}" for b in footer)


def _shown(field: Field) -> str:
    """The prefilled answer in words; of a choice from codes, the words of the codes."""
    words = {option.value: option.label for option in field.options if option.value != option.label}
    chosen = [words[code] for code in field.value.split() if code in words]
    return "、".join(chosen) if chosen else field.value


def _block_lines(block: Block, indent: str) -> Iterator[str]:
    yield f"{indent}{_MARKS[block.kind]}{block.text}"
    for part in block.inside:
        yield from _block_lines(part, indent + "  ")


def buttons_of(card: Card) -> list[Button]:
    """Every choice of a card, in the order they are numbered."""
    inside = [button for group in card.lists for line in group.lines for button in line.buttons]
    return [*inside, *([card.submit] if card.submit else []), *card.buttons]


class Console:
    """One talk in a terminal. `ask` reads a line (None at the end), `say` prints one, `now` is the clock."""

    def __init__(
        self,
        conversation: Conversation,
        renderer: Renderer,
        ask: Callable[[str], str | None],
        say: Callable[[str], None],
        now: Callable[[], datetime],
    ) -> None:
        self._conversation, self._renderer = conversation, renderer
        self._ask, self._say, self._now = ask, say, now
        self._card: Card | None = None
        self.transcript: list[str] = []

    def run(self, talk: str, actor: str, start: Card) -> None:
        """Talk until the input ends."""
        self._show(start)
        number = 0
        while (line := self._ask("> ")) is not None:
            number += 1
            choice = self._choice(line.strip())
            text = None if choice else line
            self.transcript.append(_choice_line(choice) if choice else f"> {line}")
            turn = Turn(
                talk, f"{actor}-{number}-{self._now().isoformat()}", "console", actor, self._now(), text, choice
            )
            for view in self._conversation.receive(turn).views:
                self._show(self._renderer.card(view))

    def _show(self, card: Card) -> None:
        self._card = card
        for line in card_lines(card):
            self._say(line)
            self.transcript.append(f"| {line}")

    def _choice(self, line: str) -> Choice | None:
        """The numbered choice that was typed; a form's fields are asked for one by one."""
        if self._card is None or not line.isdigit():
            return None
        buttons = buttons_of(self._card)
        if not 1 <= int(line) <= len(buttons):
            return None
        button = buttons[int(line) - 1]
        values = dict(self._fill(self._card.fields)) if button is self._card.submit else {}
        return Choice(button.action, button.value, values)

    def _fill(self, fields: tuple[Field, ...]) -> Iterator[tuple[str, str]]:
        for field in fields:
            shown = " / ".join(f"{n}.{option.label}" for n, option in enumerate(field.options, start=1))
            answer = (self._ask(f"  {field.label}{f'（{shown}）' if shown else ''} [{_shown(field)}]: ") or "").strip()
            yield field.id, _answered(field, answer) or field.value


def _answered(field: Field, answer: str) -> str:
    """What was typed, with numbers of a list turned into its entries; several numbers where several may be chosen."""
    numbers = fold(answer).text.replace("、", " ").replace(",", " ").split()
    if not numbers or not all(n.isdigit() and 1 <= int(n) <= len(field.options) for n in numbers):
        return answer
    chosen = [field.options[int(n) - 1] for n in numbers]
    if field.kind != "multi":
        return chosen[0].value if len(chosen) == 1 else answer
    return (" " if any(option.value != option.label for option in chosen) else "、").join(o.value for o in chosen)


def _choice_line(choice: Choice) -> str:
    fields = json.dumps(dict(choice.values), ensure_ascii=False, sort_keys=True) if choice.values else ""
    return f"* {choice.action} {choice.value}{' | ' + fields if fields else ''}".rstrip()
