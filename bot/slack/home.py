"""The App Home: what waits for me, my open talks, my cases, start, settings. Reads only; refuses to know requests and wording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.app import App
from bot.cards import Card, parse_blocks
from bot.entries import title_of
from bot.memory import Talk, TalkFromNewerVersion, from_stored
from bot.render import Renderer
from bot.slack import blocks, desk, due
from bot.slack.cards import words_of
from bot.slack.desk import Desk
from bot.slack.marks import DO, OPEN, Mark, Stand
from bot.slack.people import Post
from bot.slack.rows import row
from bot.slack.words import message_tails, word
from routing.cases import Case
from routing.store import SqlStore

HOME = "home"
_MOST = 12
_MOST_DUE = 15
_MOST_HELD = 200


@dataclass(frozen=True, slots=True)
class Mine:
    """What a person sees of their own. `due`: cards of what waits for them."""

    desk: Desk
    talks: tuple[Talk, ...]
    cases: tuple[Case, ...]
    due: tuple[Card, ...] = ()


def mine(store: SqlStore, name: str) -> Mine:
    """A person's desk, unfinished talks and cases, latest first."""
    with store.unit(reading=True) as unit:
        kept = desk.from_stored(unit.dialogues.get(name), name)
        owned = unit.dialogues.of_owner(name, _MOST * 2)
        cases = tuple(unit.cases.latest(name, _MOST))
    talks = []
    for stored in owned:
        try:
            talk = from_stored(stored)
        except (TalkFromNewerVersion, ValueError):
            continue
        if talk.dialogue.reading and talk.dialogue.phase.value != "done":
            talks.append(talk)
    return Mine(kept, tuple(talks[:_MOST]), cases)


def case_of(store: SqlStore, name: str, number: str) -> Case | None:
    """The case, if this person opened it or holds its talk now; None also when there is no such case."""
    with store.unit(reading=True) as unit:
        case = unit.cases.by_number(number)
        if case is None or case.opened_by == name:
            return case
        held = [stored for stored in unit.dialogues.of_owner(name, _MOST_HELD) if case.id in stored.value]
    return case if held else None


def with_due(app: App, own: Mine, at: datetime) -> Mine:
    """The same with what waits for the person now."""
    with app.store.unit(reading=True) as unit:
        actor = unit.people.get(own.desk.name)
        views = [due.reminders(app, unit, actor, at), due.waiting(app, unit, actor, at)]
    cards = (app.town.renderer.card_or_notice(view) for view in views if view is not None and view.rows)
    return replace(own, due=tuple(cards))


def left_view(renderer: Renderer) -> dict[str, Any]:
    """For somebody who is not there any more: nothing of anybody's."""
    words = parse_blocks(renderer.text("slack/notices.j2", kind="left"))
    return blocks.home(blocks.Piece([blocks.heading(words[0].text), *words_of(words[1:])]), message_tails())


def home_view(renderer: Renderer, own: Mine, posts: Sequence[Post], at: datetime) -> dict[str, Any]:
    """The view."""
    text = renderer.text(
        "slack/home.j2", talks=own.talks, cases=own.cases, posts=posts, due=len(own.due),
        mention_place=own.desk.mention_place, mishaps=len(own.desk.mishaps),
    )  # fmt: skip
    greeting, waiting, talks, cases, settings = (parse_blocks(part) for part in f"{text}\n".split("\n+++\n"))
    start = blocks.button(f"{OPEN}:new", word("button.start"), str(Mark("", 0, "new")), "primary")
    board = blocks.button(f"{DO}:board", word("button.board"), str(Mark(HOME, 0, "case:board")))
    body = [blocks.heading(greeting[0].text), *words_of(greeting[1:]), *blocks.actions([start, board])]
    body += [*words_of(waiting), *_due_lines(own, at)]
    body += words_of(talks)
    for number, talk in enumerate(own.talks):
        body.append(_talk_line(renderer, talk, number))
    body += words_of(cases)
    for number, case in enumerate(own.cases):
        body.append(_case_line(renderer, case, number))
    body += words_of(settings)
    change = blocks.button(f"{OPEN}:settings", word("button.settings"), str(Mark("", 0, "settings")))
    return blocks.home(blocks.Piece(body, blocks.actions([change])), message_tails())


def _due_lines(own: Mine, at: datetime) -> list[blocks.Block]:
    """What waits, each with its buttons; pressed twice within a day, the same press counts once."""
    stand = Stand(HOME, at.toordinal(), outside=True)
    body: list[blocks.Block] = []
    for place, card in enumerate(own.due):
        lines = card.lists[0].lines if card.lists else ()
        for number, line in enumerate(lines[:_MOST_DUE]):
            body += row(line, f"due:{place}:{number}", stand)
        if len(lines) > _MOST_DUE:
            body.append(blocks.aside(word("home.more_due", count=str(len(lines) - _MOST_DUE)), message_tails()))
    return body


def _talk_line(renderer: Renderer, talk: Talk, number: int) -> blocks.Block:
    state = renderer.label(f"phase:{talk.dialogue.phase.value}")
    line = word(
        "home.talk", title=title_of(talk) or word("label.no_title"), state=state, number=talk.dialogue.case_number
    )
    on = blocks.button(f"{DO}:resume:{number}", word("button.continue"), str(Mark(talk.conversation, 0, "resume")))
    return {**blocks.words(line, message_tails())[0], "accessory": on}


def _case_line(renderer: Renderer, case: Case, number: int) -> blocks.Block:
    route, state = (
        renderer.label(f"route:{case.confirmation.route}"),
        renderer.label(f"case_status:{case.status.value}"),
    )
    line = word("home.case", number=case.number, route=route, state=state)
    mark = str(Mark("", 0, "sheet", case.number))
    sheet = blocks.button(f"{OPEN}:sheet:{number}", word("button.sheet"), mark)
    return {**blocks.words(line, message_tails())[0], "accessory": sheet}
