"""Teams as the tests see it: a wire that keeps what is there, and people who read cards and press what is on them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.teams.door import Refusal
from bot.teams.incoming import Activity
from bot.teams.limits import card_faults, faults
from bot.teams.outgoing import Answered, NoAnswer, NoToken
from bot.teams.references import Reference

SERVICE = "https://smba.example/jp/"
TENANT = "11111111-1111-1111-1111-111111111111"
APP = "22222222-2222-2222-2222-222222222222"
BOT = f"28:{APP}"
Json = Mapping[str, Any]


@dataclass
class Wire:
    """The connector: what was written where, in order. `troubles` are used up one per call (None: none this time); `closed`: conversations that
    refuse everything with that answer."""

    there: dict[tuple[str, str], Json] = field(default_factory=dict)
    log: list[tuple[str, str, str]] = field(default_factory=list)
    troubles: list[Answered | NoAnswer | NoToken | None] = field(default_factory=list)
    closed: dict[str, Answered] = field(default_factory=dict)
    private: dict[str, str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def _stumble(self, conversation: str) -> None:
        if conversation in self.closed:
            raise self.closed[conversation]
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is not None:
            raise trouble

    def create(self, where: Reference, activity: Json) -> str:
        assert not faults(activity), faults(activity)
        self._stumble(where.conversation)
        sent = f"m{next(self.numbers)}"
        self.there[where.conversation, sent] = activity
        self.log.append(("create", where.conversation, sent))
        return sent

    def update(self, where: Reference, message: str, activity: Json) -> str:
        assert not faults(activity), faults(activity)
        self._stumble(where.conversation)
        if (where.conversation, message) not in self.there:
            raise Answered(404, ("ActivityNotFoundInConversation",))
        self.there[where.conversation, message] = activity
        self.log.append(("update", where.conversation, message))
        return message

    def open(self, where: Reference, user: str) -> str:
        self._stumble(f"open:{user}")
        if user not in self.private:
            raise Answered(403, ("BotNotInConversationRoster",))
        return self.private[user]

    def cards(self, conversation: str) -> list[Json]:
        """The cards that are there now, in the order they came."""
        return [m["attachments"][0]["content"] for (where, _), m in self.there.items() if where == conversation]

    def words(self, conversation: str) -> str:
        """Everything that can be read there."""
        return "\n".join(words_of(card) for card in self.cards(conversation))


def elements(thing: Any) -> Iterator[Json]:
    """Every element and action of a card, folded ones too; not what actions fall back to."""
    if isinstance(thing, Mapping):
        if "type" in thing:
            yield thing
        for name, value in thing.items():
            if name not in ("fallback", "refresh", "data"):
                yield from elements(value)
    elif isinstance(thing, list):
        for each in thing:
            yield from elements(each)


def words_of(card: Json) -> str:
    """What can be read on a card."""
    lines = ["".join(run["text"] for run in e["inlines"]) for e in elements(card) if e["type"] == "RichTextBlock"]
    titles = [e["title"] for e in elements(card) if e["type"].startswith("Action.")]
    choices = [c["title"] for e in elements(card) if e["type"] == "Input.ChoiceSet" for c in e["choices"]]
    return "\n".join([*lines, *titles, *choices])


def buttons(card: Json) -> dict[str, Json]:
    """The buttons that send something, by their title."""
    return {e["title"]: e for e in elements(card) if e["type"] == "Action.Execute"}


def inputs(card: Json) -> dict[str, Json]:
    """The inputs by id."""
    return {e["id"]: e for e in elements(card) if e["type"].startswith("Input.")}


@dataclass
class OpenDoor:
    """Lets everybody in who has any token."""

    refuses: int = 0

    def check(self, authorization: str, activity: Activity) -> None:
        if self.refuses:
            raise Refusal(self.refuses)

    def knows(self, authorization: str, activity: Activity) -> bool:
        return False


@dataclass(repr=False)
class Person:
    """Somebody in Teams. `post` sends an activity to the bot and gives the answer."""

    post: Any
    wire: Wire
    name: str = "a"
    counts: Iterator[int] = field(default_factory=itertools.count)

    @property
    def chat(self) -> str:
        return f"a:{self.name}-chat"

    @property
    def oid(self) -> str:
        return f"{ord(self.name[0]):08x}-0000-0000-0000-000000000000"

    def activity(self, conversation: str = "", kind: str = "", **more: Any) -> dict[str, Any]:
        where = conversation or self.chat
        kind = kind or ("personal" if where == self.chat else "channel")
        return {
            "type": "message",
            "id": f"{self.name}-{next(self.counts)}",
            "channelId": "msteams",
            "serviceUrl": SERVICE,
            "from": {"id": f"29:{self.name}", "aadObjectId": self.oid, "name": "見本 花子"},
            "recipient": {"id": BOT, "name": "つなぐ"},
            "conversation": {"id": where, "conversationType": kind, "tenantId": TENANT},
            "channelData": {"tenant": {"id": TENANT}},
            **more,
        }

    def say(self, text: str, conversation: str = "", kind: str = "", **more: Any) -> Any:
        return self.post(self.activity(conversation, kind, text=text, **more))

    def mention(self, text: str, conversation: str, kind: str = "channel") -> Any:
        entity = {"type": "mention", "text": "<at>つなぐ</at>", "mentioned": {"id": BOT, "name": "つなぐ"}}
        return self.say(f"<at>つなぐ</at> {text}", conversation, kind, entities=[entity])

    def last(self, conversation: str = "", title: str = "") -> tuple[str, Json]:
        """(message, card) of the latest card there on which `title` can be pressed."""
        where = conversation or self.chat
        found = [(sent, m["attachments"][0]["content"]) for (at, sent), m in self.wire.there.items() if at == where]
        fitting = [(sent, card) for sent, card in found if not title or title in buttons(card)]
        assert fitting, f"「{title}」 is nowhere in {where}: {[list(buttons(c)) for _, c in found]}"
        return fitting[-1]

    def press(
        self, title: str, conversation: str = "", kind: str = "", *, submit: bool = False, on: str = "", **entered: str
    ) -> Any:
        """Press a button of the latest card (or of the message `on`), with what is in its inputs and `entered`."""
        where = conversation or self.chat
        sent, card = self.last(where, title)
        if on:
            sent, card = on, self.wire.there[where, on]["attachments"][0]["content"]
        action = buttons(card)[title]
        values = {name: e.get("value", "") for name, e in inputs(card).items()}
        assert not entered.keys() - values.keys(), entered.keys() - values.keys()
        data = {**{name: v for name, v in values.items() if v}, **entered, **action["data"]}
        if submit:
            assert action["fallback"]["data"] == action["data"]
            return self.post(self.activity(where, kind, value=data, replyToId=sent))
        value = {"action": {"type": "Action.Execute", "verb": action["verb"], "data": data}, "trigger": "manual"}
        answer = self.post(
            self.activity(where, kind, type="invoke", name="adaptiveCard/action", value=value, replyToId=sent)
        )
        if answer.status_code == 200 and answer.json()["type"].endswith("adaptive"):
            assert not list(card_faults(answer.json()["value"]))
        return answer

    def refresh(self, card: Json, conversation: str = "") -> Json:
        """What the client gets that asks for the card as it is now."""
        value = {"action": card["refresh"]["action"], "trigger": "automatic"}
        asked = self.activity(conversation, type="invoke", name="adaptiveCard/action", value=value)
        found: Json = self.post(asked).json()["value"]
        assert not list(card_faults(found))
        return found
