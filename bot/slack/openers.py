"""Modals: opened at once with a slip (a trigger lives three seconds), filled afterwards with what the store says.

Opening changes nothing, so nothing is stored. Knows which button opens what; refuses to know what a modal's answers do.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.app import App
from bot.dialogue import Show
from bot.memory import Talk
from bot.shows import build
from bot.slack import home, modals
from bot.slack.alerts import CaseCards, is_case
from bot.slack.api import Api, Done, Refused, Trouble
from bot.slack.desk import Desk
from bot.slack.happening import Happening, Kind, desk_of
from bot.slack.incoming import Payload, pressed, team_of, user_of
from bot.slack.links import MINUTES, Links
from bot.slack.marks import Carried, Mark, carried_of
from bot.slack.people import Post
from bot.slack.show import Showing, entry_of, live_card
from bot.turns import Choice
from bot.views import View

_MOST_OPEN = 500


class Drafts:
    """What is entered in modals that are open now, by view; the oldest are forgotten."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Mapping[str, str]] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, view: str, values: Mapping[str, str]) -> None:
        """Remember what stands in a modal."""
        with self._lock:
            self._kept[view] = values
            self._kept.move_to_end(view)
            while len(self._kept) > _MOST_OPEN:
                self._kept.popitem(last=False)

    def take(self, view: str) -> Mapping[str, str]:
        """What stood there, once."""
        with self._lock:
            return self._kept.pop(view, {})


@dataclass(frozen=True, slots=True)
class Opener:
    """`posts` tells what a person is, `left` whether they are not there any more; `cpu` as in `Talks`."""

    app: App
    api: Api
    showing: Showing
    posts: Callable[[str], Sequence[Post]]
    links: Links
    now: Callable[[], datetime]
    cases: CaseCards
    left: Callable[[str], bool]
    cpu: AbstractContextManager[object]

    def new(self, payload: Payload, text: str, channel: str) -> None:
        """A modal to type a situation in."""
        own = home.mine(self.app.store, _desk(payload)) if not text else None
        kept = own.desk.drafts.get(modals.draft_name(modals.NEW, ""), {}) if own else {}
        self._open(payload, modals.new_modal(text or modals.typed_text(kept), channel), Mark("", 0, "new"))

    def pressed(self, payload: Payload) -> None:
        """The button of a card, or of the App Home, that opens something."""
        mark = pressed(payload)
        if mark is None:
            return
        if mark.action == "sheet":
            self._sheet(payload, mark)
            return
        view = self._open(payload, modals.slip_modal("loading"), mark)
        if view:
            with self.cpu:
                filled = self.view(mark, _desk(payload), payload)
            self.fill(view, filled)

    def fill(self, view: Mapping[str, Any], filled: Mapping[str, Any]) -> None:
        """Put the real thing in the place of the slip; whoever closed it meanwhile has closed it."""
        given = {"view_id": str(view.get("id")), "view": filled}
        outcome = self.api.call("views.update", **given, **({"hash": view["hash"]} if view.get("hash") else {}))
        if isinstance(outcome, Refused) and outcome.trouble is Trouble.HASH:
            self.api.call("views.update", **given)

    def view(self, mark: Mark, desk: str, payload: Payload) -> dict[str, Any]:
        """What a button opens."""
        own = home.mine(self.app.store, desk).desk
        if mark.action == "settings":
            return modals.settings_modal(own.mention_place)
        if mark.action == "new":
            kept = modals.typed_text(own.drafts.get(modals.draft_name(modals.NEW, ""), {}))
            return modals.new_modal(kept, "")
        if mark.action.startswith("form:"):
            return self._case_form(mark, desk, payload)
        talk = self.app.conversation.talk(mark.talk)
        if talk is None:
            return modals.card_modal(self.showing.told("gone_talk", {}))
        if talk.owner != desk:
            kind = "gone_elsewhere" if mark.talk in own.places else "not_yours"
            return modals.card_modal(self.showing.told(kind, {}))
        return self._of_talk(mark, talk, own)

    def _case_form(self, mark: Mark, desk: str, payload: Payload) -> dict[str, Any]:
        """The fields of a command about a case; why not, for one that is not to be given now."""
        action = mark.action.removeprefix("form:")
        if not is_case(Mark("", 0, action)):
            return modals.card_modal(self.showing.told("gone_talk", {}))
        team, user = desk.split(":")[1:3]
        asked = Happening(Kind.CHOICE, team, user, f"form:{secrets.token_hex(8)}", self.now())
        card = self.cases.form(desk, asked, Choice(action, mark.value))
        if not card.fields:
            return modals.card_modal(card)
        channel, ts = _place(payload)
        return modals.form_modal(card, Carried(mark.talk, mark.number, f"{action} {mark.value}", 0, channel, ts), {})

    def _of_talk(self, mark: Mark, talk: Talk, own: Desk) -> dict[str, Any]:
        entry = entry_of(talk, mark.number)
        if mark.action == modals.WHOLE and entry and entry.view:
            return modals.whole_modal(self.showing.card(entry.view))
        if mark.action == modals.FORM and talk.dialogue.case_number:
            carried = Carried(mark.talk, mark.number, mark.value or str(talk.dialogue.section))
            return self.section(talk, carried, own)
        live = live_card(talk)
        if live is None or live.view is None or live.number != mark.number:
            return modals.card_modal(self.showing.notice("old_card", phase=talk.dialogue.phase.value))
        carried = Carried(mark.talk, mark.number)
        if mark.action == modals.FIX:
            return modals.fix_modal(self.showing.card(live.view), carried)
        if mark.action == modals.ENTRY:
            return modals.form_modal(self.showing.card(live.view), carried, {})
        return self._form(talk, Show("override"), carried, own)

    def section(self, talk: Talk, carried: Carried, own: Desk) -> dict[str, Any]:
        """A section of the intake sheet."""
        at = replace(talk.dialogue, section=int(carried.section)) if carried.section.isdecimal() else talk.dialogue
        return self._form(replace(talk, document=replace(talk.document, dialogue=at)), Show("section"), carried, own)

    def _form(self, talk: Talk, show: Show, carried: Carried, own: Desk) -> dict[str, Any]:
        view: View = build(talk.dialogue, show, self.app.town.world(self.now()))
        card = self.showing.card(view)
        name = modals.OVERRIDE if show.view == "override" else modals.FORM
        kept = modals.answers(own.drafts.get(modals.draft_name(name, str(carried)), {}), card.fields)
        return modals.form_modal(card, carried, kept)

    def after_saving(self, view: str, carried_text: str, desk: str) -> None:
        """After a section was saved: the next page or section in the same modal, or that all is saved."""
        carried = carried_of(carried_text)
        talk = self.app.conversation.talk(carried.talk)
        if talk is None or talk.owner != desk or not carried.section.isdecimal():
            self.fill({"id": view}, modals.card_modal(self.showing.notice("saved")))
            return
        own = home.mine(self.app.store, desk).desk
        now = talk.dialogue.section
        if talk.dialogue.phase.value == "done":
            self.fill({"id": view}, modals.card_modal(self.showing.notice("saved")))
        else:
            page = carried.page + 1 if now == int(carried.section) else 0
            self.fill({"id": view}, self.section(talk, replace(carried, section=str(now), page=page), own))

    def home(self, payload_user: str, team: str) -> None:
        """Publish the App Home: what waits, or nothing for somebody who left."""
        if self.left(payload_user):
            view = home.left_view(self.app.town.renderer)
        else:
            at = self.now()
            with self.cpu:
                own = home.with_due(self.app, home.mine(self.app.store, desk_of(team, payload_user)), at)
                view = home.home_view(self.app.town.renderer, own, self.posts(payload_user), at)
        self.api.call("views.publish", user_id=payload_user, view=view)

    def _sheet(self, payload: Payload, mark: Mark) -> None:
        """A link that only this person gets; never to a case that is not theirs."""
        desk = _desk(payload)
        case = home.case_of(self.app.store, desk, mark.value)
        if case is None:
            card, link = self.showing.notice("no_sheet"), ""
        else:
            link = self.links.sheet(case.number, desk, self.now())
            card = self.showing.notice("sheet_link", number=case.number, minutes=MINUTES)
        where, _ = _place(payload)
        thread = str((payload.get("message") or {}).get("thread_ts") or "")
        self.showing.whisper(Desk(desk), where, thread, card, str(payload.get("response_url") or ""), url=link)

    def _open(self, payload: Payload, view: Mapping[str, Any], mark: Mark) -> Mapping[str, Any] | None:
        outcome = self.api.call("views.open", trigger_id=str(payload.get("trigger_id") or ""), view=view)
        if isinstance(outcome, Done):
            opened = outcome.data.get("view")
            return opened if isinstance(opened, Mapping) else None
        self.showing.whisper(Desk(_desk(payload)), "", "", self.showing.notice("dead_trigger"), "", mark)
        return None


def _desk(payload: Payload) -> str:
    return desk_of(team_of(payload), user_of(payload))


def _place(payload: Payload) -> tuple[str, str]:
    """(channel, ts) of the message that was pressed; empty from the App Home."""
    channel, message = payload.get("channel"), payload.get("message") or {}
    return str(channel.get("id") or "") if isinstance(channel, Mapping) else "", str(message.get("ts") or "")
