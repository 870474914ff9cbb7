"""A workspace that takes what we send as Slack would (limits included), and people who do things in it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_bolt import App as Bolt
from slack_bolt import BoltResponse

from bot.slack.api import Api, Done, Later, Outcome, Refused, Trouble, Unknown
from bot.slack.application import dispatch
from bot.slack.limits import faults
from bot.slack.surface import Surface

TEAM = "T0MIHON"
BOT = "U0BOT"
Payload = Mapping[str, Any]


@dataclass
class Message:
    channel: str
    ts: str
    thread: str
    blocks: list[dict[str, Any]]
    text: str
    only_for: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def elements(self) -> Iterator[dict[str, Any]]:
        for block in self.blocks:
            yield from block.get("elements", ()) if block["type"] == "actions" else ()
            if "accessory" in block:
                yield block["accessory"]

    def labels(self) -> list[str]:
        return [element["text"]["text"] for element in self.elements() if element["type"] == "button"]

    def words(self) -> str:
        return "\n".join(words_of(self.blocks))


def words_of(thing: object) -> Iterator[str]:
    if isinstance(thing, Mapping):
        if thing.get("type") in ("plain_text", "mrkdwn"):
            yield str(thing["text"])
        for value in thing.values():
            yield from words_of(value)
    elif isinstance(thing, list):
        for item in thing:
            yield from words_of(item)


class FakeSlack(Api):
    """Takes calls and keeps what came of them. `plan` decides about a call before it is taken: an outcome instead, or None."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.views: dict[str, dict[str, Any]] = {}
        self.opened: list[str] = []
        self.homes: dict[str, dict[str, Any]] = {}
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self.plan: Callable[[str, Mapping[str, Any]], Outcome | None] = lambda method, given: None
        self.broken: list[str] = []
        self.groups: dict[str, list[str]] = {}
        self.uploads: list[bytes] = []
        self.takes = True
        self._count = itertools.count(1)

    def call(self, method: str, **given: Any) -> Outcome:
        self.calls.append((method, given))
        planned = self.plan(method, given)
        if isinstance(planned, Unknown):  # it arrives, and the answer is lost
            self._do(method, given)
        return planned or self._do(method, given)

    def upload(self, url: str, data: bytes) -> bool:
        self.uploads.append(data)
        return self.takes

    def respond(self, url: str, **given: Any) -> Outcome:
        self.calls.append(("response_url", given))
        planned = self.plan("response_url", given)
        if planned:
            return planned
        channel, _, ts = url.removeprefix("https://answer/").partition("/")
        if given.get("replace_original"):
            return self._do("chat.update", {**given, "channel": channel, "ts": ts})
        return self._do("chat.postEphemeral", {**given, "channel": channel, "user": "?"})

    def _do(self, method: str, given: Mapping[str, Any]) -> Outcome:
        self._check(method, given)
        match method:
            case "auth.test":
                return Done({"user_id": BOT, "bot_id": "B0BOT", "team_id": TEAM})
            case "usergroups.users.list":
                return Done({"users": self.groups.get(given["usergroup"], [])})
            case "files.getUploadURLExternal":
                return Done({"upload_url": "https://files/1", "file_id": "F1"})
            case "files.completeUploadExternal":
                return Done({"files": json.loads(given["files"])})
            case "conversations.open":
                return Done({"channel": {"id": dm(given["users"])}})
            case "chat.postMessage" | "chat.postEphemeral":
                return self._post(given, given.get("user", ""))
            case "chat.update":
                return self._update(given)
            case "conversations.history" | "conversations.replies":
                found = [m for m in self.messages if m.channel == given["channel"] and not m.only_for]
                return Done({"messages": [{"ts": m.ts, "metadata": m.metadata} for m in reversed(found)]})
            case "views.open":
                return self._open(given)
            case "views.update":
                if given["view_id"] not in self.views:
                    return Refused(Trouble.GONE, "not_found")
                self.views[given["view_id"]] = {
                    **given["view"],
                    "id": given["view_id"],
                    "hash": f"h{next(self._count)}",
                }
                return Done()
            case "views.publish":
                self.homes[given["user_id"]] = given["view"]
                return Done()
        raise AssertionError(f"nobody taught the workspace {method}")

    def _check(self, method: str, given: Mapping[str, Any]) -> None:
        if "view" in given:
            self.broken += [f"{method}: {fault}" for fault in faults(given["view"])]
        elif "blocks" in given:
            self.broken += [f"{method}: {fault}" for fault in faults({k: given[k] for k in ("text", "blocks")})]

    def _post(self, given: Mapping[str, Any], only_for: str) -> Outcome:
        channel = dm(given["channel"]) if given["channel"].startswith("U") else given["channel"]
        ts = f"{next(self._count)}.0001"
        thread = given.get("thread_ts", "")
        made = Message(channel, ts, thread, given["blocks"], given["text"], only_for, given.get("metadata", {}))
        self.messages.append(made)
        return Done({"channel": channel, "ts": ts})

    def _update(self, given: Mapping[str, Any]) -> Outcome:
        found = [m for m in self.messages if (m.channel, m.ts) == (given["channel"], given["ts"])]
        if not found:
            return Refused(Trouble.GONE, "message_not_found")
        found[0].blocks, found[0].text = given["blocks"], given["text"]
        found[0].metadata = given.get("metadata", found[0].metadata)
        return Done({"ts": given["ts"]})

    def _open(self, given: Mapping[str, Any]) -> Outcome:
        if given["trigger_id"].startswith("dead"):
            return Refused(Trouble.DEAD_TRIGGER, "expired_trigger_id")
        name = f"V{next(self._count)}"
        self.views[name] = {**given["view"], "id": name, "hash": f"h{next(self._count)}"}
        self.opened.append(name)
        return Done({"view": self.views[name]})

    def in_place(self, channel: str, thread: str = "") -> list[Message]:
        """What everybody there sees."""
        return [m for m in self.messages if (m.channel, m.thread) == (channel, thread) and not m.only_for]

    def whispers(self) -> list[Message]:
        return [m for m in self.messages if m.only_for]


def dm(user: str) -> str:
    return f"D{user[1:]}"


@dataclass
class Person:
    """Somebody in the workspace. Everything they do goes through the Bolt app and is worked off before it returns."""

    id: str
    slack: FakeSlack
    surface: Surface
    bolt: Bolt
    count: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def dm(self) -> str:
        return dm(self.id)

    def send(self, payload: Payload, *, times: int = 1) -> BoltResponse:
        """Deliver a payload, as often as Slack may, and wait until it is worked off."""
        if "command" in payload:
            from urllib.parse import urlencode

            body, kind = (
                urlencode({k: v for k, v in payload.items() if isinstance(v, str)}),
                "application/x-www-form-urlencoded",
            )
        else:
            body, kind = json.dumps(payload), "application/json"
        for _ in range(times):
            answer = dispatch(self.bolt, body, {"content-type": kind})
        self.settle()
        return answer

    def settle(self) -> None:
        assert self.surface.worker.finish(), "still at work"
        self.surface.quiet()
        assert self.surface.worker.finish()

    def _trigger(self) -> str:
        return f"trigger-{self.id}-{next(self.count)}"

    def event(self, inner: Payload, *, times: int = 1) -> BoltResponse:
        number = next(self.count)
        body = {"type": "event_callback", "team_id": TEAM, "event_id": f"Ev{self.id}{number}", "event": inner}
        return self.send(body, times=times)

    def say(self, text: str, *, thread: str = "", times: int = 1, ts: str = "", **more: Any) -> BoltResponse:
        """Type in the DM."""
        ts = ts or f"9{next(self.count):03}.{self.id}"
        inner = {"type": "message", "channel": self.dm, "channel_type": "im", "user": self.id, "text": text, "ts": ts}
        return self.event({**inner, **({"thread_ts": thread} if thread else {}), **more}, times=times)

    def mention(self, text: str, channel: str, *, thread: str = "", ts: str = "") -> str:
        ts = ts or f"8{next(self.count):03}.{self.id}"
        inner = {"type": "app_mention", "channel": channel, "user": self.id, "text": f"<@{BOT}> {text}", "ts": ts}
        self.event({**inner, **({"thread_ts": thread} if thread else {})})
        return ts

    def command(self, text: str, channel: str = "C0GENERAL", *, times: int = 1) -> BoltResponse:
        trigger = self._trigger()
        return self.send(
            {
                "command": "/tsunagu", "text": text, "team_id": TEAM, "user_id": self.id, "channel_id": channel,
                "trigger_id": trigger, "response_url": f"https://answer/{channel}/0", "api_app_id": "A",
            },
            times=times,
        )  # fmt: skip

    def shortcut(self, *, message: Payload | None = None, channel: str = "") -> BoltResponse:
        kind = "message_action" if message else "shortcut"
        name = "tsunagu_from_message" if message else "tsunagu_new"
        body: dict[str, Any] = {"type": kind, "callback_id": name, "trigger_id": self._trigger(), **self._base()}
        if message:
            body |= {"message": message, "channel": {"id": channel}, "response_url": f"https://answer/{channel}/0"}
        return self.send(body)

    def _base(self) -> dict[str, Any]:
        return {"team": {"id": TEAM}, "user": {"id": self.id}, "api_app_id": "A"}

    def home(self) -> Message:
        self.event({"type": "app_home_opened", "tab": "home", "user": self.id, "channel": self.dm})
        return Message("", "", "", self.slack.homes[self.id]["blocks"], "")

    def last(self, channel: str = "", thread: str = "") -> Message:
        """The last message that everybody there sees."""
        return self.slack.in_place(channel or self.dm, thread)[-1]

    def press(
        self, label: str, message: Message | None = None, *, times: int = 1, trigger: str = "", pick: str = ""
    ) -> BoltResponse:
        """Press a button of a message (the last one of the DM), or pick an entry of its list."""
        on = message or self.last()
        return self.send(self.pressing(label, on, trigger=trigger, pick=pick), times=times)

    def pressing(self, label: str, on: Message, *, trigger: str = "", pick: str = "") -> dict[str, Any]:
        action = self._action(label, on, pick)
        body = {"type": "block_actions", **self._base(), "trigger_id": trigger or self._trigger(), "actions": [action]}
        if on.channel:
            body |= {
                "channel": {"id": on.channel},
                "container": {"type": "message", "message_ts": on.ts, "channel_id": on.channel},
                "message": {"ts": on.ts, **({"thread_ts": on.thread} if on.thread else {})},
                "response_url": f"https://answer/{on.channel}/{on.ts}",
            }
        return body

    def _action(self, label: str, on: Message, pick: str) -> dict[str, Any]:
        for element in on.elements():
            if element["type"] == "button" and element["text"]["text"] == label:
                return {"type": "button", "action_id": element["action_id"], "value": element.get("value")}
            for option in element.get("options", ()):
                if pick and option["text"]["text"] == pick:
                    return {"type": "static_select", "action_id": element["action_id"], "selected_option": option}
        raise AssertionError(f"no 「{label or pick}」 among {on.labels()}")

    def opens(self, label: str, message: Message | None = None, **more: Any) -> dict[str, Any]:
        """The modal that a button opens."""
        self.press(label, message, **more)
        return self.slack.views[self.slack.opened[-1]]

    def fill(self, view: Payload, values: Mapping[str, Any]) -> dict[str, Any]:
        """The state of a modal after entering something by label; the rest as it was prefilled."""
        state: dict[str, Any] = {}
        left = dict(values)
        for block in view["blocks"]:
            if block["type"] != "input":
                continue
            wanted = next((label for label in left if block["label"]["text"].startswith(label)), None)
            entry = _entered(block["element"], left.pop(wanted) if wanted else None)
            state[block["block_id"]] = {block["element"]["action_id"]: entry}
        assert not left, (
            f"no field for {list(left)} among {[b['label']['text'] for b in view['blocks'] if 'label' in b]}"
        )
        return {"values": state}

    def submit(self, view: Payload, values: Mapping[str, Any], *, times: int = 1) -> BoltResponse:
        current = {**self.slack.views[view["id"]], "state": self.fill(view, values)}
        return self.send({"type": "view_submission", **self._base(), "trigger_id": "t", "view": current}, times=times)

    def enters(self, view: Payload, values: Mapping[str, Any]) -> None:
        """Something is entered, and the modal tells us while it is."""
        current = {**view, "state": self.fill(view, values)}
        action = {"type": "plain_text_input", "action_id": "v", "block_id": "x"}
        self.send({"type": "block_actions", **self._base(), "trigger_id": "t", "view": current, "actions": [action]})

    def closes(self, view: Payload) -> None:
        current = {**view, "state": {"values": {}}}
        self.slack.views.pop(view["id"])
        self.send({"type": "view_closed", **self._base(), "view": current, "is_cleared": False})


def _entered(element: Payload, given: Any) -> dict[str, Any]:
    options = element.get("options", ())
    match element["type"]:
        case "static_select":
            found = next((o for o in options if o["text"]["text"] == given), None) if given else None
            assert found or not given, f"no {given} among {[o['text']['text'] for o in options]}"
            return {"type": "static_select", "selected_option": found or element.get("initial_option")}
        case "checkboxes" | "multi_static_select":
            found = [o for o in options if given and o["text"]["text"] in given]
            return {"type": element["type"], "selected_options": found if given else element.get("initial_options", [])}
        case "multi_external_select":
            return {"type": element["type"], "selected_options": [{"value": code} for code in given or ()]}
        case "datepicker":
            return {"type": "datepicker", "selected_date": given or element.get("initial_date")}
    return {"type": "plain_text_input", "value": given if given is not None else element.get("initial_value")}


__all__ = [
    "BOT",
    "TEAM",
    "Done",
    "FakeSlack",
    "Later",
    "Message",
    "Person",
    "Refused",
    "Trouble",
    "Unknown",
    "dm",
    "words_of",
]
