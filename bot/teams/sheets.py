"""The つなぐシート behind a link that only the asking person gets and that soon stops working.

Knows signing and who may see which case. Refuses to know wording and how a sheet is drawn.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.cards import Card
from bot.render import Renderer
from bot.sheet import sheet_of
from bot.teams.pieces import Action, link
from bot.teams.words import word
from bot.world import Town
from routing.cases import Case
from routing.store import SqlStore

if TYPE_CHECKING:
    from bot.teams.show import Showing

MINUTES = 30
PATH = "/teams/sheets/"
STATIC = "/teams/static"
_MOST_HELD = 200


@dataclass(frozen=True, slots=True)
class Pass:
    """Who may see the sheet of which case."""

    number: str
    desk: str


class Sheets:
    """`base`: where this process is reached by people's browsers. `secret` is never shown."""

    def __init__(self, store: SqlStore, town: Town, base: str, secret: str) -> None:
        self._store, self._town, self._base = store, town, base.rstrip("/")
        self._key = hashlib.sha256(f"tsunagu-teams-sheet:{secret}".encode()).digest()

    def card(self, showing: Showing, desk: str, number: str, at: datetime) -> tuple[Card, list[Action]]:
        """What to tell a person who asks for a sheet, and the link when it is theirs."""
        if self.case_of(desk, number) is None:
            return showing.notice("no_sheet"), []
        told = showing.notice("sheet_link", number=number, minutes=MINUTES)
        return told, [link(word("button.sheet"), self.address(number, desk, at))]

    def address(self, number: str, desk: str, at: datetime) -> str:
        """The address of the sheet for this person from now on."""
        until = int((at + timedelta(minutes=MINUTES)).timestamp())
        body = base64.urlsafe_b64encode(json.dumps([number, desk, until]).encode()).decode().rstrip("=")
        return f"{self._base}{PATH}{body}.{self._sign(body)}"

    def opened(self, token: str, at: datetime) -> Pass | None:
        """What a token stands for; None when it is not ours or too old."""
        body, _, sign = token.partition(".")
        if not hmac.compare_digest(sign.encode(), self._sign(body).encode()):
            return None
        number, desk, until = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return Pass(number, desk) if at.timestamp() < until else None

    def _sign(self, body: str) -> str:
        return hmac.new(self._key, body.encode(), hashlib.sha256).hexdigest()[:32]

    def case_of(self, desk: str, number: str) -> Case | None:
        """The case, if this person opened it or holds its talk now; None also when there is no such case."""
        with self._store.unit(reading=True) as unit:
            case = unit.cases.by_number(number)
            if case is None or case.opened_by == desk:
                return case
            held = [stored for stored in unit.dialogues.of_owner(desk, _MOST_HELD) if case.id in stored.value]
        return case if held else None

    def page(self, renderer: Renderer, token: str, at: datetime) -> tuple[int, str]:
        """(status, page) of the sheet behind a link: no identity, and nothing that is pressed."""
        found = self.opened(token, at)
        case = self.case_of(found.desk, found.number) if found else None
        if case is None or found is None:
            return 404, renderer.page("teams/no_sheet.html.j2", static=STATIC)
        sheet = sheet_of(case, self._town.catalogue)
        with self._store.unit(reading=True) as unit:
            events = tuple(unit.cases.events(case.id))
        return 200, renderer.page(
            "teams/sheet.html.j2", case=case, sheet=sheet, marked=renderer.marked(sheet.text, sheet.marks),
            timeline=events, me=found.desk, conversation="", identity=False, printed_on=at, zone=at.tzinfo,
            static=STATIC,
        )  # fmt: skip
