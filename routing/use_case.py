"""Use cases of the case itself: open, consent, note, close, reopen, one-time links, and the timer's sweep.

Each works on one case inside the unit of work it is given. Refuses to know surfaces and wording.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from routing.cases import Case, CaseStatus, Event, EventKind, close_case, open_case, reopen_case
from routing.documents import PROPOSAL
from routing.errors import IllegalMove, LinkRefused, Missing, UnknownCase
from routing.escalation import Cause
from routing.households import marks_of
from routing.links import Link, check, spend, try_code
from routing.people import TIMER, Actor, must_hold
from routing.ports import Identity, UnitOfWork
from routing.standing import replay
from routing.use_escalation import begin, rise_when_silent
from routing.use_referral import Answer, answer_by_link, expire
from routing.work import NOT_FOUND, CaseNow, Rules, Work

_STATES = ("yes", "no", "unknown", "withdrawn")
_HOW = ("", "written", "oral")
MULTI_AGENCY = "multi_agency"


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """What was said about sharing: `state` yes, no, unknown or withdrawn; `how` written or oral; limits, empty = none."""

    state: str
    how: str = ""
    purpose: str = ""
    recipient: str = ""


def open_with(unit: UnitOfWork, rules: Rules, case: Case, identity: Identity, actor: Actor, rule: str) -> CaseNow:
    """Store a newly confirmed case; one that was decided for 多機関協働 is brought up in the same transaction.

    The desk that holds it first is the one the clerk acts for, else the town's fallback desk. `rule` decided the route.
    """
    owner = actor.agency or rules.catalogue.pack.fallback
    consent = _consent_of(case)
    case, events = open_case(case, owner, consent)
    stored = unit.cases.add(case, events)
    unit.identities.put(case.id, identity)
    unit.households.put(case.id, marks_of(identity.items))
    work = Work(unit, rules, stored, actor, case.opened_at)
    unit.board.put(stored, work.standing, rules.follow_up.data.bounce.counts)
    if case.confirmation.route == MULTI_AGENCY:
        begin(work, Cause.PROPOSAL, rule)
        return work.save()
    return CaseNow(stored, work.standing)


def _consent_of(case: Case) -> str:
    return PROPOSAL.validate_json(case.proposal).consent


def consent(work: Work, given: ConsentGiven) -> CaseNow:
    """Record consent, refusal or withdrawal. The proposal follows; what was shared by consent is marked as stopped."""
    must_hold(work.actor, work.standing, work.case.opened_by, "同意の記録", work.rules.catalogue)
    if given.state not in _STATES or given.how not in _HOW:
        raise Missing("同意の状態")
    if given.state == "yes" and not given.how:
        raise Missing("同意の取り方（書面か口頭か）")
    data = {"state": given.state, "how": given.how, "purpose": given.purpose, "recipient": given.recipient}
    work.record(Event(EventKind.CONSENT, work.at, work.actor.id, {k: v for k, v in data.items() if v}))
    return work.save()


def note(work: Work, text: str) -> CaseNow:
    """A line of progress from a desk that holds the case (進んでいる): sealed text, visible in the timeline."""
    must_hold(work.actor, work.standing, work.case.opened_by, "記録", work.rules.catalogue)
    key = work.note(f"note:{work.case.version}", text)
    if not key:
        raise Missing("記録の内容")
    work.record(Event(EventKind.NOTED, work.at, work.actor.id, {"note": key}))
    return work.save()


def close(work: Work, why: str) -> CaseNow:
    """終結. Raises `IllegalMove` while a request or an escalation is unanswered: nobody must wait for a closed case."""
    must_hold(work.actor, work.standing, work.case.opened_by, "終結", work.rules.catalogue)
    if any(r.is_open for r in work.standing.referrals):
        raise IllegalMove("つなぎの返事待ち", "終結")
    if work.standing.escalation is not None and work.standing.escalation.is_open:
        raise IllegalMove("プロジェクトチームの返事待ち", "終結")
    _, events = close_case(replace(work.case, status=work.standing.status), work.at, work.actor.id, why)
    work.record(*events)
    return work.save()


def reopen(work: Work, why: str) -> CaseNow:
    """再開: the desk that held it last holds it again."""
    must_hold(work.actor, work.standing, work.case.opened_by, "再開", work.rules.catalogue)
    _, events = reopen_case(replace(work.case, status=work.standing.status), work.at, work.actor.id, why)
    work.record(*events)
    return work.save()


def former(unit: UnitOfWork, identity: Identity, but: str = "") -> tuple[CaseNow, ...]:
    """Earlier cases of the same household, latest first; what of them may be shown is the caller's to decide."""
    found = []
    for case_id in unit.households.find(marks_of(identity.items)):
        case = unit.cases.get(case_id)
        if case is not None and case.id != but:
            found.append(CaseNow(case, replay(unit.cases.events(case.id))))
    return tuple(found)


def code_hash_of(token: str, code: str) -> str:
    """What is stored of a link's code: hashed together with the token, which is stored nowhere, so that nobody can try six digits."""
    return hash_of(f"{token.strip()}:{code.strip()}")


def hash_of(secret: str) -> str:
    """What is stored of a link's token."""
    return hashlib.sha256(secret.strip().encode()).hexdigest()


def give_link(work: Work, number: int, token: str, code: str) -> Link:
    """A one-time link to a referral. `token` and `code` come from the caller's randomness and are never stored."""
    must_hold(work.actor, work.standing, work.case.opened_by, "リンクの発行", work.rules.catalogue)
    referral = work.standing.referral(number)
    if not referral.is_open or work.standing.status is CaseStatus.CLOSED:
        raise IllegalMove("返事を待っていない", "リンクの発行")
    rules = work.rules.follow_up.data.link
    expires = min(work.at + timedelta(hours=rules.hours), referral.expires_at)
    link = Link(
        hash_of(token),
        code_hash_of(token, code),
        work.case.id,
        number,
        work.at,
        work.actor.id,
        expires,
        rules.most_wrong,
    )
    work.unit.links.put(link)
    work.record(Event(EventKind.LINK_GIVEN, work.at, work.actor.id, {"given_for": str(number)}))
    work.save()
    return link


def open_link(unit: UnitOfWork, token: str, code: str, at: datetime) -> tuple[Link, bool]:
    """A link by its token, and whether the code was right; a wrong one is counted (commit in both cases).

    Raises `LinkRefused`.
    """
    link = check(unit.links.get(hash_of(token)), at)
    if not code:
        return link, link.opened_at is not None
    link, right = try_code(link, code_hash_of(token, code), at)
    unit.links.put(link)
    return link, right


def use_link(unit: UnitOfWork, rules: Rules, token: str, given: Answer, at: datetime) -> CaseNow:
    """Answer a referral through its link, which is spent by it. Raises `LinkRefused`, `AlreadySettled`, `Missing`."""
    link = check(unit.links.get(hash_of(token)), at)
    if link.opened_at is None:
        raise LinkRefused("code")
    case = unit.cases.get(link.case_id)
    if case is None:
        raise LinkRefused("unknown")
    work = Work(unit, rules, case, Actor(f"link:{link.token_hash[:12]}"), at)
    now = answer_by_link(work, link.referral, given)
    if given.kind is not EventKind.SEEN:
        unit.links.put(spend(link, at))
    return now


def sweep(unit: UnitOfWork, rules: Rules, case_id: str, at: datetime) -> CaseNow:
    """What time alone does to a case: requests run out, silence rises. Safe to repeat; raises `UnknownCase`."""
    case = unit.cases.get(case_id)
    if case is None:
        raise UnknownCase(NOT_FOUND)
    work = Work(unit, rules, case, TIMER, at)
    if work.standing.status is CaseStatus.OPEN:
        expire(work)
        if work.standing.escalation is not None:
            rise_when_silent(work, work.standing.escalation.round)
    return work.save()
