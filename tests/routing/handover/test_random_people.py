"""Random commands by random people in random order: what must never happen never does, on both databases.

The checks are written from the promises, not from the code: who holds a case, who may be told what, and that a command either
happens whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from routing import use_assign, use_case, use_escalation, use_referral
from routing.alerts import messages
from routing.cases import Event, EventKind
from routing.errors import RoutingError
from routing.escalation import Cause
from routing.people import Actor
from routing.referrals import DeclineReason, Purpose, ReferralState, Way
from routing.standing import replay
from routing.store import SqlStore
from routing.use_case import ConsentGiven
from routing.use_escalation import Act
from routing.use_referral import Answer, Order
from routing.work import CaseNow, Work
from tests.routing.handover.town import CARE, CLERK, ELDERLY, GUEST, HEAD, TEAM, WORKLESS, Town, mihon

LEFT = Actor("web:left", "abolished-desk")
PEOPLE = st.sampled_from([CLERK, CLERK, CARE, WORKLESS, ELDERLY, HEAD, TEAM, TEAM, GUEST, LEFT])
DESKS = ["hokatsu-kikan", "jiritsu-sodan", "korei-shien", "fukushi-madoguchi", "project-team", "ken-jiso"]
AGENCIES = st.sampled_from([*DESKS, "abolished-desk"])
NUMBERS = st.integers(1, 4)
PURPOSES = st.sampled_from([Purpose.TAKE, Purpose.TAKE, Purpose.JOIN])
BASES = st.sampled_from(["anonymous", "anonymous", "consent", "consent", "duty", "support_conference", "reasonable"])
REASONS = st.sampled_from(DeclineReason)
PROMISE = date(2026, 12, 24)
# making a failure shorter takes minutes with a database behind every step; thirty steps can be read as they are
FIRST_FOUND = (Phase.reuse, Phase.generate)
TEXTS = st.sampled_from(["", "  ", "母が転倒した", "定員のため"])
# what may be told on which basis, from the law: everything that tells who it is needs consent, a duty, a conference or a reason
ANYONE_MAY_KNOW = {"number", "ages", "issues", "proposal"}
ABUSE = {"child_abuse", "elder_abuse", "disability_abuse"}
HOUSEHOLDS: list[dict[str, Any]] = [
    {"issues": ["dementia", "poverty"], "consent": "yes"},
    {"issues": ["elder_abuse"], "consent": "no", "route": "existing_meeting"},
    {"issues": ["child_abuse", "poverty"], "consent": "unknown", "urgent": "yes"},
    {"issues": ["hikikomori"], "consent": "no", "route": "multi_agency"},
]


class Life(RuleBasedStateMachine):
    """One case among random people. `store` is set by the test."""

    store: SqlStore
    whole: Any = None
    changed: bool = False

    @initialize(household=st.sampled_from(HOUSEHOLDS), by=st.sampled_from([CLERK, GUEST, ELDERLY]))
    def begin(self, household: dict[str, Any], by: Actor) -> None:
        self.town = Town(self.store, pack=uuid4().hex)
        self.opener = by
        self.number = self.town.open(by=by, **household)
        self.case_id = self.town.now(self.number).case.id
        self._look()
        self.keys = set(self.sent)

    # ── commands that have a chance ──

    @rule(agency=st.sampled_from(DESKS), purpose=PURPOSES, basis=BASES, reason=TEXTS)
    def the_opener_asks(self, agency: str, purpose: Purpose, basis: str, reason: str) -> None:
        self._try(self.opener, use_referral.refer, Order(agency, purpose, (Way.CHAT,), basis, (), reason))

    @precondition(lambda self: self._open_referrals())
    @rule(
        data=st.data(), kind=st.sampled_from(["seen", "accepted", "declined", "declined"]), reason=REASONS, text=TEXTS
    )
    def who_is_asked_answers(self, data: Any, kind: str, reason: DeclineReason, text: str) -> None:
        referral = data.draw(st.sampled_from(self._open_referrals()))
        answer = Answer(EventKind(kind), reason, text)
        self._try(Actor("web:desk", referral.agency), use_referral.answer, referral.number, answer)

    @precondition(lambda self: self._is_up())
    @rule(kind=st.sampled_from(use_escalation._BY_TEAM), turn=st.sampled_from([None, 0, 1, 2]), text=TEXTS)
    def the_team_acts(self, kind: EventKind, turn: int | None, text: str) -> None:
        self._try(TEAM, use_escalation.do, Act(kind, turn, ("fits_one_desk",), PROMISE, text))

    @precondition(lambda self: self.now.standing.escalations)
    @rule(desk=AGENCIES, turn=st.sampled_from([None, None, 1, 2]), rank=st.sampled_from(["", "", "deputy"]), text=TEXTS)
    def the_team_names_a_desk(self, desk: str, turn: int | None, rank: str, text: str) -> None:
        self._try(TEAM, use_assign.decide_owner, use_assign.Decision(desk, text, rank, turn))

    @precondition(lambda self: self._is_up())
    @rule(kind=st.sampled_from(use_escalation._BY_REFERRER), text=TEXTS)
    def the_referrer_acts(self, kind: EventKind, text: str) -> None:
        self._try(self.opener, use_escalation.do, Act(kind, text=text))

    @rule(
        data=st.data(),
        which=st.sampled_from(["withdraw", "escalate", "escalate", "follow_up", "note", "close", "reopen"]),
        text=TEXTS,
    )
    def the_opener_or_somebody_does_something(self, data: Any, which: str, text: str) -> None:
        who = data.draw(st.just(self.opener) | st.just(self.opener) | PEOPLE)
        open_now = [referral.number for referral in self._open_referrals()]
        number = data.draw(st.sampled_from(open_now) if open_now else NUMBERS)
        command, given = {
            "withdraw": (use_referral.withdraw, (number, text)),
            "escalate": (use_escalation.escalate, (Cause.DESK, use_escalation.DESK_RULE, text)),
            "follow_up": (use_escalation.followed_up, (text,)),
            "note": (use_case.note, (text,)),
            "close": (use_case.close, ("settled",)),
            "reopen": (use_case.reopen, ("returned",)),
        }[which]
        self._try(who, command, *given)

    @rule(
        data=st.data(),
        state=st.sampled_from(["yes", "yes", "yes", "no", "withdrawn", "unknown", "perhaps"]),
        how=st.sampled_from(["written", "oral", ""]),
        recipient=st.sampled_from(["", "hokatsu-kikan"]),
    )
    def somebody_tells_of_consent(self, data: Any, state: str, how: str, recipient: str) -> None:
        who = data.draw(st.just(self.opener) | PEOPLE)
        self._try(who, use_case.consent, ConsentGiven(state, how, "", recipient))

    # ── anything by anybody ──

    @rule(
        who=PEOPLE,
        agency=AGENCIES,
        purpose=PURPOSES,
        basis=BASES,
        items=st.sampled_from([(), ("number", "ages"), ("names",), ("sheet", "contact")]),
        reason=TEXTS,
    )
    def anybody_asks(
        self, who: Actor, agency: str, purpose: Purpose, basis: str, items: tuple[str, ...], reason: str
    ) -> None:
        self._try(who, use_referral.refer, Order(agency, purpose, (Way.CHAT,), basis, items, reason))

    @precondition(lambda self: self.now.standing.referrals)
    @rule(
        data=st.data(),
        kind=st.sampled_from([EventKind.ACCEPTED, EventKind.DECLINED]) | st.sampled_from(EventKind),
        way=st.sampled_from([Way.PHONE, Way.CHAT]),
        texts=st.tuples(TEXTS, TEXTS),
        recorded=st.booleans(),
    )
    def anybody_answers_anything(
        self, data: Any, kind: EventKind, way: Way, texts: tuple[str, str], recorded: bool
    ) -> None:
        referral = data.draw(st.sampled_from(self.now.standing.referrals))
        who = data.draw(st.just(self.opener if recorded else Actor("web:desk", referral.agency)) | PEOPLE)
        command = use_referral.record_answer if recorded else use_referral.answer
        self._try(who, command, referral.number, Answer(kind, DeclineReason.CAPACITY, texts[0], way, texts[1]))

    @rule(
        who=PEOPLE,
        kind=st.sampled_from(EventKind),
        turn=st.none() | st.integers(0, 3),
        reasons=st.sampled_from([(), ("fits_one_desk",)]),
        promise=st.sampled_from([None, PROMISE, date(2026, 1, 1)]),
        text=TEXTS,
    )
    def anybody_acts(
        self, who: Actor, kind: EventKind, turn: int | None, reasons: tuple[str, ...], promise: date | None, text: str
    ) -> None:
        self._try(who, use_escalation.do, Act(kind, turn, reasons, promise, text))

    @rule(hours=st.sampled_from([0.2, 3, 26, 24 * 9]))
    def time_passes(self, hours: float) -> None:
        before = self.events
        self.town.later(hours=hours)
        looked_at = self.case_id in self.town.sweep()
        self._look()
        assert looked_at == (len(self.events) > len(before)), "what is due changes, and only that"
        self._sent(self.events[len(before) :])
        assert self.case_id not in self.town.sweep(), "a second sweep finds nothing"

    # ── what must hold ──

    @precondition(lambda self: self.changed)
    @invariant()
    def an_open_case_has_an_owner_and_at_most_one_desk_is_asked_to_take_it(self) -> None:
        standing = self.now.standing
        assert standing.owner in mihon().catalogue.agencies
        asked = [r for r in standing.referrals if r.is_open and r.purpose is Purpose.TAKE]
        assert len(asked) <= 1

    @precondition(lambda self: self.changed)
    @invariant()
    def no_referral_is_answered_twice_and_who_accepted_last_holds_the_case(self) -> None:
        answers = [e.data["referral"] for e in self.events if e.kind in (EventKind.ACCEPTED, EventKind.DECLINED)]
        assert len(answers) == len(set(answers))
        purposes = {e.data["referral"]: e.data["purpose"] for e in self.events if e.kind is EventKind.REFERRED}
        owner = next(e.data["owner"] for e in self.events if e.kind is EventKind.OPENED)
        for event in self.events:
            if event.kind is EventKind.ACCEPTED and purposes[event.data["referral"]] == "take":
                assert event.data["agency"] != owner
                owner = event.data["agency"]
        assert self.now.standing.owner == owner

    @precondition(lambda self: self.changed)
    @invariant()
    def nothing_is_shared_without_a_basis(self) -> None:
        consent, limit = "unknown", ""
        household = next(h for h in HOUSEHOLDS if set(h["issues"]) == set(self.row.issues))
        for event in self.events:
            if event.kind is EventKind.OPENED:
                consent = event.data["consent"]
            if event.kind is EventKind.CONSENT:
                consent, limit = event.data["state"], event.data.get("recipient", "")
            if event.kind is EventKind.SHARED:
                basis, items, recipient = (event.data[key] for key in ("basis", "items", "recipient"))
                assert items, "a share names what was told"
                may = set(items.split()) <= ANYONE_MAY_KNOW
                may |= basis == "consent" and consent == "yes" and limit in ("", recipient)
                may |= basis == "duty" and bool(ABUSE & set(household["issues"])) and recipient in DESKS
                may |= basis == "support_conference" and consent in ("no", "withdrawn")
                may |= basis == "reasonable" and bool(event.data.get("note"))
                assert may, event

    @precondition(lambda self: self.changed)
    @invariant()
    def the_board_shows_how_the_case_stands(self) -> None:
        now, row = self.now, self.row
        standing = now.standing
        waiting = [r for r in standing.referrals if r.state in (ReferralState.SENT, ReferralState.SEEN)]
        assert (row.status, row.owner, row.last_at) == (standing.status, standing.owner, standing.last_at)
        assert now.case.status == standing.status
        assert row.waiting_for == tuple(r.agency for r in waiting)
        assert row.answer_by == min((r.answer_by for r in waiting), default=None)
        assert row.escalation == (standing.escalations[-1].state if standing.escalations else "")
        assert row.bounces == standing.bounces(("declined", "expired"))
        desks = {*standing.holders, *(r.agency for r in standing.referrals)}
        with self.store.unit(reading=True) as unit:
            concerned, others = [d for d in DESKS if d in desks], [d for d in DESKS if d not in desks]
            for desk in concerned:
                assert list(unit.board.list(self.town.pack, desks=[desk], status=row.status)) == [row]
            assert list(unit.board.list(self.town.pack, desks=others, status="")) == []
            listed = list(unit.board.list(self.town.pack, escalated=True, status=""))
            assert listed == ([row] if standing.escalations else [])

    @precondition(lambda self: self.changed)
    @invariant()
    def the_events_alone_tell_how_the_case_stands(self) -> None:
        assert replay(self.events) == replay(self.events) == self.now.standing
        notes = self.notes
        assert {e.data["note"] for e in self.events if e.data.get("note")} <= set(notes)

    # ── hands ──

    def _look(self) -> None:
        """Everything of the case as it lies in the database now."""
        with self.store.unit(reading=True) as unit:
            case = unit.cases.by_number(self.number)
            assert case is not None
            self.events = list(unit.cases.events(case.id))
            self.work = Work(unit, mihon(), case, GUEST, self.town.at)
            self.now = CaseNow(case, self.work.standing)
            self.notes = dict(unit.notes.of(case.id))
            self.sent = {each.message.key: each.message for each in unit.outbox.of_case(case.id)}
            (self.row,) = unit.board.list(self.town.pack, opened_by=case.opened_by, status="")
            before, self.whole = self.whole, (self.now, self.events, self.notes, self.sent, self.row)
            self.changed = before != self.whole

    def _try(self, who: Actor, command: Callable[..., CaseNow], *given: object) -> None:
        """A command that happens whole (and sends what it should), or is refused and leaves nothing."""
        before, whole = self.events, self.whole
        try:
            done = self.town.do(who, self.number, command, *given)
        except RoutingError:
            done = None
        self._look()
        if done is None:
            assert self.whole == whole, "a refused command left something behind"
            return
        assert self.events[: len(before)] == before
        assert done == self.now
        self._sent(self.events[len(before) :])

    def _sent(self, events: list[Event]) -> None:
        """Every message of the new events left under a key of its own."""
        proposal, at = self.work.proposal(), self.town.at
        due = messages(self.now.case, self.now.standing, events, proposal, at, mihon().catalogue)
        keys = [message.key for message in due]
        assert len(set(keys)) == len(keys)
        assert not self.keys & set(keys)
        self.keys |= set(keys)
        assert self.keys == set(self.sent)

    def _is_up(self) -> bool:
        now = self.now.standing.escalation
        return now is not None and now.is_open

    def _open_referrals(self) -> list[Any]:
        return [referral for referral in self.now.standing.referrals if referral.is_open]


def test_whatever_people_do_the_promises_hold(store: SqlStore) -> None:
    class Here(Life):
        pass

    Here.store = store
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=30,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=FIRST_FOUND,
        ),
    )


def test_the_random_life_reaches_what_it_is_meant_to_try(store: SqlStore) -> None:
    """A random test proves nothing of what it never does: the same hands do lead to refusals, alerts and a sending-back."""
    life = Life()
    life.store = store  # type: ignore[misc]
    life.begin({"issues": ["dementia", "poverty"], "consent": "yes"}, CLERK)
    for agency in ("hokatsu-kikan", "jiritsu-sodan"):
        life.the_opener_asks(agency, Purpose.TAKE, "consent", "")
        answer = Answer(EventKind.DECLINED, DeclineReason.LAW)
        life._try(Actor("web:desk", agency), use_referral.answer, life._open_referrals()[0].number, answer)
    assert life._is_up()
    life.the_team_acts(EventKind.ACKNOWLEDGED, 0, "")
    life.the_team_acts(EventKind.SENT_BACK, 1, "")
    life._try(CLERK, use_escalation.followed_up, "会った")
    life.time_passes(3)
    kinds = [event.kind for event in life.events]
    assert kinds[-4:] == [EventKind.ESCALATED, EventKind.ACKNOWLEDGED, EventKind.SENT_BACK, EventKind.FOLLOWED_UP]
    life.the_board_shows_how_the_case_stands()
