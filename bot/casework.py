"""A choice about a case (`case:…`) → the use case that does it → the views that show what came of it.

The same for every surface: web pages, console, Slack and Teams only make the choice. Works inside the transaction of the turn.
Refuses to know rules (routing/), wording and surfaces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot import caseviews
from bot.settings import from_afar
from bot.turns import Choice
from bot.views import View
from bot.world import Town
from routing import use_assign, use_case, use_escalation, use_progress, use_referral
from routing.cases import EventKind
from routing.errors import IllegalMove, Missing, NotAllowed, RoutingError, UnknownCase
from routing.escalation import Cause
from routing.people import Actor, Role, acts_for, in_team
from routing.ports import UnitOfWork
from routing.referrals import DeclineReason, Purpose, Way
from routing.reports import Silence, silent_desks
from routing.use_case import ConsentGiven
from routing.use_escalation import Act
from routing.use_referral import Answer, Order
from routing.work import CaseNow, Rules, Work, open_work

PREFIX = "case:"
PAGE = 50
_ACTS: Mapping[str, EventKind] = {
    "ack": EventKind.ACKNOWLEDGED,
    "take_up": EventKind.TAKEN_UP,
    "send_back": EventKind.SENT_BACK,
    "ask_info": EventKind.ASKED,
    "inform": EventKind.INFORMED,
    "call_off": EventKind.CALLED_OFF,
}
_ANSWERS: Mapping[str, EventKind] = {
    "see": EventKind.SEEN,
    "accept": EventKind.ACCEPTED,
    "decline": EventKind.DECLINED,
    "seen": EventKind.SEEN,
    "accepted": EventKind.ACCEPTED,
    "declined": EventKind.DECLINED,
}
# a command that needs more than a button: without this field its form is shown
_FORMS: Mapping[str, str] = {
    "decline": "reason",
    "record": "kind",
    "send_back": "reasons",
    "ask_info": "text",
    "assign": "text",
    "inform": "text",
    "consent": "state",
    "note": "text",
    "close": "why",
    "reopen": "why",
    "stuck": "reason",
    "later": "days",
    "never": "text",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A choice taken apart: the command, the case's number, the number of the referral or the turn, and the fields.

    `detail` is what follows the number as it came: for あとで and もう不要 the kind of reminder.
    """

    command: str
    number: str
    part: int | None
    values: Mapping[str, str]
    detail: str = ""

    @classmethod
    def of(cls, choice: Choice) -> Asked:
        """Raises `UnknownCase` for a part that is no number."""
        number, _, part = choice.value.partition("/")
        if part and not part.isascii():
            raise UnknownCase(part)
        return cls(
            choice.action.removeprefix(PREFIX), number, int(part) if part.isdigit() else None, choice.values, part
        )


class CaseDesk:
    """The commands about cases in one town. `new_token` and `new_code` give secrets of one-time links."""

    def __init__(self, town: Town, new_token: Callable[[], str], new_code: Callable[[], str], *, demo: bool) -> None:
        self._town, self._new_token, self._new_code, self._demo = town, new_token, new_code, demo
        self._silence: tuple[date, tuple[Silence, ...]] | None = None  # counted once a day: it reads a year of cases

    @property
    def rules(self) -> Rules:
        """The town's rules."""
        return self._town.rules

    def do(self, unit: UnitOfWork, choice: Choice, person: str, at: datetime) -> tuple[View, ...]:
        """Carry a command out (the caller commits). Raises `RoutingError`s; nothing is to be kept then."""
        asked, actor = Asked.of(choice), unit.people.get(person)
        if asked.command == "act_for":
            return self._act_for(unit, choice, person, at)
        if asked.command == "board":
            return (self.board(unit, choice.value, actor, at, choice.values.get("after", "")),)
        work = open_work(unit, self.rules, asked.number, actor, at)
        if asked.command == "show":
            return (self._case(work, CaseNow(work.case, work.standing)),)
        if asked.command == "ask":
            return (self._preview(work, asked),)
        needed = _FORMS.get(asked.command)
        if needed and not asked.values.get(needed, "").strip():
            return (self._form(work, asked),)
        if asked.command == "link":
            return self._link(work, asked)
        return (self._case(work, self._change(work, asked), asked.command),)

    def refused(
        self, unit: UnitOfWork, choice: Choice, person: str, at: datetime, error: RoutingError
    ) -> tuple[View, ...]:
        """What to show after a command was refused: why, the form again when only a field was missing, else the case."""
        trouble = View("trouble", {"kind": error.code, "words": str(error)})
        try:
            asked, actor = Asked.of(choice), unit.people.get(person)
            work = open_work(unit, self.rules, asked.number, actor, at)
        except RoutingError:
            return (trouble,)
        if isinstance(error, Missing) and asked.command == "refer":
            return (trouble, self._preview(work, asked))
        if isinstance(error, Missing) and asked.command in _FORMS:
            return (trouble, self._form(work, asked, error.what))
        return (trouble, self._case(work, CaseNow(work.case, work.standing)))

    def board(
        self,
        unit: UnitOfWork,
        which: str,
        actor: Actor,
        at: datetime,
        after: str = "",
        status: str = "open",
        only: str = "",
    ) -> View:
        """A list of cases: `mine`, `desk` or `team`; empty chooses by whom the person acts for. `only`: see `board_view`."""
        catalogue = self.rules.catalogue
        team = in_team(actor, catalogue)
        which = which or ("team" if team else "desk" if actor.agency else "mine")
        if which == "team" and not team:
            raise NotAllowed("一覧", caseviews.team_name(catalogue))
        desks = self._desks(unit, actor) if which == "desk" else ()
        rows = unit.board.list(
            catalogue.pack.id,
            desks=desks,
            opened_by=actor.id if which == "mine" else "",
            escalated=which == "team",
            status=status,
            limit=PAGE,
            after=after,
        )
        silent = self._silent(unit, actor, team, at)
        return caseviews.board_view(rows, actor, self.rules, at, which, silent, only)

    def _desks(self, unit: UnitOfWork, actor: Actor) -> tuple[str, ...]:
        """The agency acted for and those within it; for the town's fallback desk also those that are in the pack no more."""
        found, agencies = {actor.agency}, self.rules.catalogue.agencies
        grew = bool(actor.agency)
        while grew:
            inside = {a.id for a in agencies.values() if a.parent in found} - found
            found |= inside
            grew = bool(inside)
        if acts_for(actor, self.rules.catalogue.pack.fallback, self.rules.catalogue):
            found |= {owner for owner in unit.board.owners(self.rules.catalogue.pack.id) if owner not in agencies}
        return tuple(sorted(found))

    def _silent(self, unit: UnitOfWork, actor: Actor, team: bool, at: datetime) -> tuple[Silence, ...]:
        """Silent desks, for the team (all) and for supervisors (their own)."""
        if not team and actor.role is not Role.SUPERVISOR:
            return ()
        if self._silence is None or self._silence[0] != at.date():
            rule = self.rules.follow_up.data.silent_desk
            since = at - timedelta(weeks=rule.weeks + rule.history_weeks)
            raised = unit.board.raised(self.rules.catalogue.pack.id, since)
            every = tuple(dict.fromkeys(desk for desk, _ in raised))
            self._silence = (at.date(), silent_desks(raised, every, at, rule))
        mine = None if team else frozenset(self._desks(unit, actor))
        return tuple(s for s in self._silence[1] if mine is None or s.desk in mine)

    def _change(self, work: Work, asked: Asked) -> CaseNow:
        """The commands that change a case."""
        values = asked.values
        text = values.get("text", "")
        match asked.command:
            case "refer":
                return use_referral.refer(work, _order(values))
            case "see" | "accept" | "decline":
                return use_referral.answer(work, _part(asked), _answer(asked.command, values))
            case "record":
                return use_referral.record_answer(work, _part(asked), _answer(values["kind"], values))
            case "withdraw":
                return use_referral.withdraw(work, _part(asked), text)
            case "escalate":
                return use_escalation.escalate(work, Cause.DESK, text=text)
            case "followed_up":
                return use_escalation.followed_up(work, text)
            case "consent":
                fields = {key: values.get(key, "") for key in ("state", "how", "purpose", "recipient")}
                return use_case.consent(work, ConsentGiven(**fields))
            case "note":
                return use_case.note(work, text)
            case "close":
                return use_case.close(work, values["why"])
            case "reopen":
                return use_case.reopen(work, values["why"])
            case "progress":
                return use_progress.progressed(work, text)
            case "stuck":
                return use_progress.stuck(work, values["reason"], text)
            case "later":
                return use_progress.later(work, values["days"], asked.detail)
            case "never":
                return use_progress.never(work, text, asked.detail)
            case "assign":
                chosen = use_assign.Decision(values.get("agency", ""), text, values.get("rank", ""), asked.part)
                return use_assign.decide_owner(work, chosen)
            case command if command in _ACTS:
                return use_escalation.do(work, _act(command, asked.part, values))
        raise IllegalMove("この画面", asked.command)

    def _case(self, work: Work, now: CaseNow, done: str = "") -> View:
        notes = work.unit.notes.of(now.case.id)
        events = work.unit.cases.events(now.case.id)
        return caseviews.case_view(now, work.actor, self.rules, work.at, notes, events, done)

    def _preview(self, work: Work, asked: Asked) -> View:
        preview = use_referral.preview(work, asked.values.get("agency", ""))
        now = CaseNow(work.case, work.standing)
        return caseviews.refer_view(now, preview, work.actor, self.rules, work.at, asked.values)

    def _form(self, work: Work, asked: Asked, missing: str = "") -> View:
        now = CaseNow(work.case, work.standing)
        return caseviews.form_view(
            asked.command, now, asked.detail, work.actor, self.rules, work.at, asked.values, missing
        )

    def _link(self, work: Work, asked: Asked) -> tuple[View, ...]:
        token, code = self._new_token(), self._new_code()
        link = use_case.give_link(work, _part(asked), token, code)
        return (caseviews.link_view(link, token, code, self.rules),)

    def _act_for(self, unit: UnitOfWork, choice: Choice, person: str, at: datetime) -> tuple[View, ...]:
        """デモ: choose for whom to act. Elsewhere the surface's mapping says so."""
        if not self._demo or from_afar(person):
            raise NotAllowed("立場の変更", "システム")
        if choice.value:
            self.rules.agency(choice.value, at.date())
        role = choice.values.get("role", "")
        actor = Actor(person, choice.value, Role(role) if role in tuple(Role) else Role.CLERK)
        unit.people.put(actor, at)
        return (self.board(unit, "", actor, at),)


def _part(asked: Asked) -> int:
    if asked.part is None:
        raise IllegalMove("つなぎの番号なし", "返事")
    return asked.part


def _order(values: Mapping[str, str]) -> Order:
    """The request a form asks for; words that are no code are left out, and a basis that is not chosen shares nothing."""
    ways = tuple(Way(word) for word in values.get("ways", "chat").split() if word in tuple(Way))
    purpose = values.get("purpose", "take")
    return Order(
        values.get("agency", ""),
        Purpose(purpose) if purpose in tuple(Purpose) else Purpose.TAKE,
        ways or (Way.CHAT,),
        values.get("basis", "") or "anonymous",
        tuple(values.get("items", "").split()),
        values.get("reason", ""),
    )


def _answer(command: str, values: Mapping[str, str]) -> Answer:
    reason, way = values.get("reason", ""), values.get("way", "chat")
    if command not in _ANSWERS:
        raise Missing("返事の中身（受理・お断り）")
    return Answer(
        _ANSWERS[command],
        DeclineReason(reason) if reason in tuple(DeclineReason) else None,
        values.get("text", ""),
        Way(way) if way in tuple(Way) else Way.CHAT,
        values.get("person", ""),
    )


def _act(command: str, turn: int | None, values: Mapping[str, str]) -> Act:
    promise = values.get("promise", "").strip()
    try:
        day = date.fromisoformat(promise) if promise else None
    except ValueError:
        raise Missing("いっしょに様子を確かめる日（例: 2026-12-01）") from None
    return Act(_ACTS[command], turn, tuple(values.get("reasons", "").split()), day, values.get("text", ""))
