"""Use cases of つなぎ: ask an agency, answer, record an answer given by phone, withdraw, and let what nobody answers run out.

Each takes the work on one case and saves it. What is shared is checked against consent and basis first and recorded in the
same breath; the second refusal alerts the project team by itself. Refuses to know surfaces and wording.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from routing.candidates import candidates
from routing.cases import Event, EventKind
from routing.errors import Missing
from routing.escalation import Cause, EscalationState
from routing.people import TIMER, acts_for, must_be, must_hold
from routing.referrals import DeclineReason, Purpose, Referral, ReferralState, Way, move
from routing.sharing import Offer, offers, share
from routing.standing import check_new_referral
from routing.use_escalation import begin
from routing.work import CaseNow, Work

BOUNCE_RULE = "follow_up.bounce"
_ANSWERS = (EventKind.SEEN, EventKind.ACCEPTED, EventKind.DECLINED)


@dataclass(frozen=True, slots=True)
class Order:
    """A request to an agency: for what, how, and what may be told on which basis. `reason` where the basis asks for one.

    Without `items` only those are told that do not say who the household is, whatever the basis would allow. `sender`: who asks
    and is told the answer, the owner unless the team decided (`decided_in`: the escalation); `post`: whom of the agency it named.
    """

    agency: str
    purpose: Purpose = Purpose.TAKE
    ways: tuple[Way, ...] = (Way.CHAT,)
    basis: str = "anonymous"
    items: tuple[str, ...] = ()
    reason: str = ""
    sender: str = ""
    decided_in: int = 0
    post: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An agency's answer. `person`: who said so, when it was recorded for an agency without chat (kept sealed)."""

    kind: EventKind
    reason: DeclineReason | None = None
    text: str = ""
    way: Way = Way.CHAT
    person: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What could be asked: whom, and on which bases what may be told to the first or the chosen one."""

    agencies: tuple[str, ...]
    agency: str
    offers: tuple[Offer, ...] = field(default=())


def preview(work: Work, agency: str = "") -> Preview:
    """Whom to ask next and what may be shared with them; `agency` chooses another. Raises `UnknownAgency`."""
    proposal = work.proposal()
    asked = candidates(proposal, work.facts, work.standing, work.rules.catalogue, work.on)
    chosen = agency or (asked[0] if asked else "")
    if not chosen:
        return Preview(asked, "")
    work.rules.agency(chosen, work.on)
    consent = work.standing.consent.towards(chosen)
    found = offers(proposal, consent, chosen, work.rules.follow_up, work.rules.catalogue, work.on)
    return Preview(asked, chosen, found)


def refer(work: Work, order: Order) -> CaseNow:
    """Ask an agency. Raises `UnknownAgency`, `NotAllowed`, `StillOpen`, `IllegalMove`, `NoBasis`, `Missing`."""
    rules, at = work.rules, work.at
    agency = rules.agency(order.agency, work.on)
    must_hold(work.actor, work.standing, work.case.opened_by, "つなぐ", rules.catalogue)
    if not order.ways:
        raise Missing("つなぐ方法")
    taking = work.standing.taking
    open_name = (
        rules.catalogue.agencies[taking.agency].name if taking and taking.agency in rules.catalogue.agencies else ""
    )
    check_new_referral(work.standing, agency.id, order.purpose, open_name)
    number, shared = len(work.standing.referrals) + 1, len(work.standing.shares) + 1
    found = preview(work, agency.id).offers
    items = order.items or tuple(item.id for item in rules.follow_up.items.values() if not item.identity)
    key = work.note(f"share:{shared}", order.reason)
    work.record(share(shared, found, order.basis, items, agency.id, order.purpose.value, at, work.actor.id, reason=key))
    times = rules.follow_up.answering(work.proposal().urgent)
    data = {
        "referral": str(number),
        "agency": agency.id,
        "purpose": order.purpose.value,
        "ways": " ".join(way.value for way in order.ways),
        "share": str(shared),
        "sender": order.sender or work.standing.owner,
        "answer_by": rules.deadline(at, times.minutes).isoformat(),
        "expires_at": rules.deadline(at, times.expires_minutes).isoformat(),
    }
    data |= {"decided_in": str(order.decided_in)} if order.decided_in else {}
    data |= {"post": order.post} if order.post else {}
    work.record(Event(EventKind.REFERRED, at, work.actor.id, data))
    return work.save()


def answer(work: Work, number: int, given: Answer) -> CaseNow:
    """確認, 受理 or お断り by the agency that was asked.

    Raises `NotAllowed`, `AlreadySettled`, `Missing`, `IllegalMove` for a number the case does not have.
    """
    referral = work.standing.referral(number)
    must_be(work.actor, referral.agency, "返事", work.rules.catalogue)
    return _answer(work, referral, given)


def record_answer(work: Work, number: int, given: Answer) -> CaseNow:
    """An answer that was given outside chat, recorded by the desk that asked: who said so and how must be told."""
    referral = work.standing.referral(number)
    if not acts_for(work.actor, referral.sender, work.rules.catalogue):
        must_hold(work.actor, work.standing, work.case.opened_by, "返事の記録", work.rules.catalogue)
    if given.way is Way.CHAT:
        raise Missing("返事を受け取った方法")
    if not given.person.strip():
        raise Missing("返事をした人の名前")
    return _answer(work, referral, given)


def answer_by_link(work: Work, number: int, given: Answer) -> CaseNow:
    """An answer through a one-time link whose code was right (links.py has checked it); the person names themselves."""
    given = replace(given, way=Way.LINK)
    if given.kind is not EventKind.SEEN and not given.person.strip():
        raise Missing("返事をする方の名前")
    return _answer(work, work.standing.referral(number), given)


def _answer(work: Work, referral: Referral, given: Answer) -> CaseNow:
    if given.kind not in _ANSWERS:
        raise Missing("返事（確認・受理・お断りのどれか）")
    if given.kind is EventKind.DECLINED and given.reason is DeclineReason.OTHER and not given.text.strip():
        raise Missing("お断りの理由の説明")
    words = "\n".join(part for part in (given.person.strip(), given.text.strip()) if part)
    event = move(
        referral, given.kind, work.at, work.actor.id, way=given.way, reason=given.reason,
        note=f"referral:{referral.number}" if words else "",
    )  # fmt: skip
    work.note(f"referral:{referral.number}", words)
    work.record(event)
    _alert_when_bounced(work, referral)
    return work.save()


def withdraw(work: Work, number: int, text: str = "") -> CaseNow:
    """Take a request back. Raises `NotAllowed`, `AlreadySettled`."""
    referral = work.standing.referral(number)
    must_hold(work.actor, work.standing, work.case.opened_by, "取り下げ", work.rules.catalogue)
    note = work.note(f"referral:{number}", text)
    work.record(move(referral, EventKind.WITHDRAWN, work.at, work.actor.id, note=note))
    return work.save()


def expire(work: Work) -> None:
    """Let every request that nobody answered in time run out (the timer's part; the caller saves)."""
    for referral in work.standing.referrals:
        if referral.is_open and work.at >= referral.expires_at:
            work.record(move(referral, EventKind.EXPIRED, work.at, TIMER.id))
            _alert_when_bounced(work, referral)


def _alert_when_bounced(work: Work, referral: Referral) -> None:
    """たらい回し: enough refusals bring the case up by themselves, unless the team has it already (or asked in its own name)."""
    bounce = work.rules.follow_up.data.bounce
    now = work.standing.referral(referral.number)
    came_back = now.purpose is Purpose.TAKE and now.state in (ReferralState.DECLINED, ReferralState.EXPIRED)
    up = work.standing.escalation
    has_it = up is not None and (up.is_open or (up.state is EscalationState.TAKEN_UP and now.decided_in == up.number))
    if came_back and not has_it and work.standing.bounces(bounce.counts) >= bounce.alert_at:
        begin(work, Cause.BOUNCED, BOUNCE_RULE)
