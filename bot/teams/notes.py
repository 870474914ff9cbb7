"""What is delivered, as messages: alerts, the digest of a day, single reminders, the weekly nudge, words from the auditor.

Each carries its occurrence's number, since Teams cannot be asked afterwards whether it is there. What is too long for one message
comes as several; a line that was answered since says so. Refuses to know who is told, when, and how anything is sent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from bot.cards import Card, Picture
from bot.notices import notice_view
from bot.nudges import nudge_view
from bot.pictures import picture_of
from bot.teams import pieces
from bot.teams.cards import Piece, Stand, notice_piece, piece_of
from bot.teams.happening import SURFACE, hashed
from bot.teams.marks import DO
from bot.teams.messages import holds, message, spread
from bot.teams.references import Reference, reference_of
from bot.teams.show import Showing
from bot.teams.words import word
from bot.views import Row, View
from bot.world import Town
from routing.alerts import ESCALATION, REFERRAL
from routing.cases import EventKind
from routing.digest import DIGEST, WEEKLY
from routing.outgoing import Occurrence, OutgoingMessage, State
from routing.people import Actor
from routing.ports import UnitOfWork
from routing.standing import replay
from routing.work import CaseNow

ALERT = "!"
ALERTS = frozenset({ESCALATION, REFERRAL})
_TOLD = frozenset({"audit", "holidays"})
_INBOX = "/inbox"
_MOST_STANDING = 6
_ANSWERS: Mapping[EventKind, str] = {
    EventKind.PROGRESSED: "act:progress",
    EventKind.STUCK: "act:stuck",
    EventKind.LATER: "act:later",
    EventKind.NEVER: "act:never",
}
_EVERY_KIND = "*"
Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Notes:
    """`base`: where browsers reach the web chat (empty: nowhere). `now` gives the moment, for what is worked out when shown.

    `weekly` and `drawn`: what the weekly nudge says, and its picture.
    """

    town: Town
    showing: Showing
    base: str
    now: Callable[[], datetime]
    weekly: Callable[[UnitOfWork, Town, str, date, datetime], View] = nudge_view
    drawn: Callable[[View], Picture | None] = picture_of

    def of(self, sent: OutgoingMessage, unit: UnitOfWork, actor: Actor | None = None) -> list[Payload]:
        """The messages of an occurrence as things stand, in order; none for what the web's inbox alone can show.

        With `actor` an alert offers only what that person may do.
        """
        said = json.loads(sent.payload)
        if sent.kind == WEEKLY:
            return self._weekly(sent, said, unit)
        if sent.kind in ALERTS:
            return [self._alert(sent, said, unit, actor)]
        if sent.kind == DIGEST or ("since" in said and "day" in said):
            return self._digest(sent, said, unit)
        if sent.kind in _TOLD:
            card = self.showing.card(notice_view(said, sent.kind, self.town, None))
            return [self._message(sent, piece_of(card, _stand(sent)), card.title)]
        return []

    def changes(self, sent: OutgoingMessage) -> bool:
        """Whether its messages are brought up to date where they stand."""
        return sent.kind not in (WEEKLY, *_TOLD)

    def standing(self, unit: UnitOfWork, number: str, since: date) -> Iterator[tuple[Reference, str, Payload]]:
        """The messages about a case that stand in Teams, as they should read now: of each alert the latest card, and the
        digests since a day."""
        case = unit.cases.by_number(number)
        if case is None:
            return
        latest: dict[tuple[str, ...], Occurrence] = {}
        for each in unit.outbox.of_case(case.id):
            if _stands(each) and each.message.payload:  # a line of a digest has none of its own
                sent = each.message
                latest[(sent.address, *subject(sent)) if sent.kind in ALERTS else (sent.key,)] = each
        for key in dict.fromkeys(line.part_of for line in unit.outbox.told(since) if line.about == case.id):
            whole = unit.outbox.get(key)
            if whole is not None and _stands(whole):
                latest[(key,)] = whole
        for each in list(latest.values())[-_MOST_STANDING:]:
            where = reference_of(each.message.address)
            made = self.of(each.message, unit) if where is not None and self.changes(each.message) else []
            for there, payload in zip(each.receipt.split(), made, strict=False):
                if where is not None and number in str(payload):
                    yield where, there, payload

    def quiet(self, sent: OutgoingMessage, kinds: frozenset[EventKind]) -> bool:
        """Whether it tells of an event of one of these kinds."""
        return str(json.loads(sent.payload).get("event", "")) in kinds

    def news(self, sent: OutgoingMessage, title: str) -> Payload:
        """A short word that a card above was brought up to date."""
        case = str(json.loads(sent.payload).get("case", ""))
        card = self.showing.notice("card_changed", title=title)
        show = pieces.button(word("button.open_case"), _stand(sent).mark("case:show", case), DO)
        return self._message(sent, notice_piece(card, [show]), card.title)

    def _alert(self, sent: OutgoingMessage, said: Payload, unit: UnitOfWork, actor: Actor | None) -> Payload:
        case = unit.cases.by_number(str(said.get("case", "")))
        now = CaseNow(case, replay(unit.cases.events(case.id))) if case is not None else None
        card = self.showing.card(notice_view(said, sent.kind, self.town, now, actor))
        return self._message(sent, piece_of(card, _stand(sent)), card.title)

    def _digest(self, sent: OutgoingMessage, said: Payload, unit: UnitOfWork) -> list[Payload]:
        """Its lines over as many messages as they need with all their buttons, so that a line stays in its message for ever."""
        view = notice_view(said, sent.kind, self.town, None)
        lines = said["lines"] if sent.kind == DIGEST else [said]
        rows = [self._answered(row, line, sent, unit) for row, line in zip(view.rows, lines, strict=True)]
        ends = self._ends(view, sent)
        made = []
        for page, (start, end) in enumerate(zip([0, *ends], ends, strict=False)):
            card = self.showing.card(replace(view, rows=tuple(rows[start:end])))
            made.append(self._message(sent, piece_of(card, _stand(sent, page)), card.title, page, len(ends)))
        return made

    def _ends(self, view: View, sent: OutgoingMessage) -> list[int]:
        """Behind which rows a message ends."""
        ends, start = [], 0
        for end in range(1, len(view.rows)):
            card = self.showing.card(replace(view, rows=view.rows[start : end + 1]))
            if not holds(self._numbered(sent, piece_of(card, _stand(sent, 99)), 98, 99)):
                ends.append(end)
                start = end
        return [*ends, len(view.rows)]

    def _answered(self, row: Row, line: Payload, sent: OutgoingMessage, unit: UnitOfWork) -> Row:
        """The row with what was answered since it was sent, and only the way to its case left to press."""
        case = unit.cases.by_number(str(line["case"])) if line["case"] else None
        if case is None:
            return row
        since = [
            event for event in unit.cases.events(case.id) if event.at >= sent.created_at and event.kind in _ANSWERS
        ]
        mine = [e for e in since if e.data.get("kind", _EVERY_KIND) in (_EVERY_KIND, str(line["kind"]))]
        if not mine:
            return row
        told = word("label.chosen", label=self.town.renderer.label(_ANSWERS[mine[-1].kind]))
        return replace(row, parts=(*row.parts, f"text:{told}"), options=row.options[:1])

    def _weekly(self, sent: OutgoingMessage, said: Payload, unit: UnitOfWork) -> list[Payload]:
        view = self.weekly(unit, self.town, sent.recipient, date.fromisoformat(str(said["week"])), self.now())
        card = self.showing.card(view)
        whole = self._with_picture(sent, card, card.picture or self.drawn(view))
        parts = spread(whole, self._numbered(sent, Piece(), 98, 99).foot)
        return [self._message(sent, part, card.title, n, len(parts)) for n, part in enumerate(parts)]

    def _with_picture(self, sent: OutgoingMessage, card: Card, picture: Picture | None) -> Piece:
        """The card with its picture under the words; when no message holds the picture, words say where it is."""
        plain = piece_of(card, _stand(sent))
        body = list(plain.body)
        if self.base:  # with the words, so that it never stands alone in a message
            body += pieces.actions([pieces.link(word("button.inbox"), self.base + _INBOX)])
        if picture is not None:
            drawn = [pieces.picture(picture.png, picture.alt)]
            if not holds(self._numbered(sent, Piece(drawn), 98, 99)):
                drawn = pieces.words(word("label.picture_elsewhere", alt=picture.alt), isSubtle=True)
            body += drawn
        return Piece(body, plain.foot)

    def _message(self, sent: OutgoingMessage, piece: Piece, title: str, page: int = 0, pages: int = 1) -> Payload:
        return message(self._numbered(sent, piece, page, pages), title, alert=page == 0)

    @staticmethod
    def _numbered(sent: OutgoingMessage, piece: Piece, page: int, pages: int) -> Piece:
        foot = list(piece.foot)
        if pages > 1:
            foot += pieces.words(
                word("label.part", number=str(page + 1), count=str(pages)), isSubtle=True, size="Small"
            )
        foot += pieces.words(word("label.occurrence", number=occurrence(sent)), isSubtle=True, size="Small")
        return Piece(piece.body, foot)


def _stand(sent: OutgoingMessage, page: int = 0) -> Stand:
    return Stand(f"{ALERT}{sent.key}", page=page)


def occurrence(sent: OutgoingMessage) -> str:
    """The number by which a message that came twice is known to be one."""
    return hashed(sent.key)[:8]


def cards_of(sent: OutgoingMessage, unit: UnitOfWork, address: str) -> Iterator[Occurrence]:
    """The occurrences that stand as cards at that address and are about the same hand-over or escalation, the latest first."""
    if sent.kind not in ALERTS:
        return
    told = [o for o in unit.outbox.of_case(sent.about) if o.message.kind == sent.kind and _stands(o)]
    for each in sorted(told, key=lambda o: o.final_at or o.message.created_at, reverse=True):
        if each.message.address == address and subject(each.message) == subject(sent):
            yield each


def _stands(each: Occurrence) -> bool:
    return each.state is State.SENT and each.message.surface == SURFACE and bool(each.receipt)


def subject(sent: OutgoingMessage) -> tuple[str, str]:
    """What an alert is about: its kind and the number of the hand-over or escalation."""
    return sent.kind, str(json.loads(sent.payload).get("number", ""))
