"""Which messages a case's new events send, to whom, and what they may say. Pure.

A message carries a case number, age bands, issue codes, rule ids, desks and dates: what a channel may see. Its key names the
event, so that the same event never leaves twice. Refuses to know surfaces, free text, names and wording.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from knowledge.catalogue import Catalogue
from routing.cases import Case, CaseStatus, Event, EventKind
from routing.documents import FACTS
from routing.escalation import Escalation
from routing.facts import MemberFact
from routing.ports import OutgoingMessage, UnitOfWork
from routing.proposal import Proposal
from routing.referrals import Referral, Way
from routing.standing import Standing, replay
from routing.watching import RANKS, post_of

ESCALATION, REFERRAL = "escalation", "referral"
_TO_REFERRER = (EventKind.TAKEN_UP, EventKind.SENT_BACK, EventKind.ASKED)
_TO_TEAM = (EventKind.INFORMED, EventKind.CALLED_OFF)
_TO_SENDER = (EventKind.ACCEPTED, EventKind.DECLINED, EventKind.EXPIRED)


def messages(
    case: Case, standing: Standing, events: Iterable[Event], proposal: Proposal, at: datetime, catalogue: Catalogue
) -> tuple[OutgoingMessage, ...]:
    """The messages of the events just recorded, in their order. `standing` is how the case stands after them."""
    found = []
    for event in events:
        for recipient in recipients(standing, event, catalogue):
            kind = ESCALATION if "escalation" in event.data else REFERRAL
            part = _part(standing, event)
            key = f"{case.id}:{event.kind.value}:{kind}:{part['number']}:{part['round']}:{recipient}"
            card = {**summary(case, standing, proposal), "event": event.kind.value, **part}
            payload = json.dumps(card, ensure_ascii=False, sort_keys=True)
            instead = chain(recipient, standing, event, catalogue)
            found.append(OutgoingMessage(key, kind, "", recipient, payload, at, at, about=case.id, chain=instead))
    return tuple(found)


def recipients(standing: Standing, event: Event, catalogue: Catalogue) -> tuple[str, ...]:
    """Who is told of an event: `agency:…`, `post:…` or `person:…`."""
    number = event.data.get("referral")
    if number is not None:
        referral = standing.referral(int(number))
        return _of_referral(standing, referral, event, catalogue)
    number = event.data.get("escalation")
    if number is None:
        return ()
    escalation = next(e for e in standing.escalations if e.number == int(number))
    if event.kind in (EventKind.ESCALATED, EventKind.ROSE):
        return _risen(escalation)
    if event.kind in _TO_REFERRER:
        return _desk(escalation.referrer, escalation.raised_by)
    if event.kind is EventKind.ASSIGNED and standing.owner != catalogue.pack.project_team:
        return _desk(standing.owner, escalation.raised_by)  # it holds the case until the named desk accepts
    return (escalation.plan.steps[0].recipient,) if event.kind in _TO_TEAM else ()


def _of_referral(standing: Standing, referral: Referral, event: Event, catalogue: Catalogue) -> tuple[str, ...]:
    """Who is told of a request: the desk that is asked (and the post that the team named), or the one that asked.

    Where the team asked in its own name, it is told of a withdrawal, and whoever gave the case up of an acceptance.
    """
    sender = _desk(referral.sender, referral.sent_by)
    if event.kind in (EventKind.REFERRED, EventKind.WITHDRAWN):
        post = (f"post:{referral.post}",) if referral.post else ()
        asked = (f"agency:{referral.agency}", *post) if _in_chat(referral, catalogue) else ()
        withdrawn = event.kind is EventKind.WITHDRAWN and referral.decided_in
        return tuple(dict.fromkeys((*asked, *sender))) if withdrawn else asked
    if event.kind is EventKind.ACCEPTED and referral.decided_in:
        before = tuple(f"agency:{desk}" for desk in standing.holders[-2:-1])
        return tuple(dict.fromkeys((*sender, *before)))
    return sender if event.kind in _TO_SENDER else ()


def chain(recipient: str, standing: Standing, event: Event, catalogue: Catalogue) -> tuple[str, ...]:
    """Who is told instead when the recipient cannot be reached any more, in order.

    For a desk its posts (連携担当者, 代理, 管理職); then, for an escalation, the rest of its frozen plan and the team; for a
    referral the desk that sent it, so that nobody waits for a message that reached no one.
    """
    kind, _, name = recipient.partition(":")
    if kind == "post" and "referral" in event.data:
        kind, name = "agency", standing.referral(int(event.data["referral"])).agency
    posts = [post_of(name, rank, catalogue) for rank in RANKS] if kind == "agency" else []
    if "escalation" in event.data:
        plan = next(e.plan for e in standing.escalations if e.number == int(event.data["escalation"]))
        steps = [step.recipient for step in plan.steps]
        rest = [*steps[steps.index(recipient) + 1 :], steps[0]] if recipient in steps else [steps[0]]
    else:
        rest = [f"agency:{standing.referral(int(event.data['referral'])).sender}"]
    return tuple(who for who in dict.fromkeys((*posts, *rest)) if who not in ("", "agency:", recipient))


def summary(case: Case, standing: Standing, proposal: Proposal) -> Mapping[str, object]:
    """What an alert may say of a case: number, age bands, issues, who holds what, why by which rule, and the consent."""
    facts = FACTS.validate_json(case.facts)
    return {
        "case": case.number,
        "case_id": case.id,
        "members": [[m.relation, age_band(m)] for m in facts.members],
        "issues": sorted(facts.set_of("issues")),
        "owner": standing.owner,
        "working": list(facts.working),
        "refused": list(facts.refused),
        "rules": [reason.rule for reason in proposal.reasons],
        "why": [
            {"rule": r.rule, "about": {name: list(codes) for name, codes in r.about.items()}} for r in proposal.reasons
        ],
        "duties": [card.duty for card in proposal.duties],
        "route": proposal.route,
        "consent": standing.consent.state,
        "urgent": proposal.urgent,
        "asked": [[r.agency, r.state.value] for r in standing.referrals],
    }


def age_band(member: MemberFact) -> str:
    """An age as a channel may see it: under 18, or by decades (`40`), `90` for all above; empty when unknown."""
    if member.age_from is None:
        return ""
    if member.age_from < 18:
        return "minor"
    return str(min(member.age_from // 10 * 10, 90))


def _risen(escalation: Escalation) -> tuple[str, ...]:
    """Whom the last alert went to; while the referrer is asked, silence is the referrer's."""
    if escalation.state.value == "asked":
        return _desk(escalation.referrer, escalation.raised_by)
    return (escalation.plan.steps[escalation.step].recipient,)


def _desk(agency: str, person: str) -> tuple[str, ...]:
    return (f"agency:{agency}",) if agency else (f"person:{person}",)


def _in_chat(referral: Referral, catalogue: Catalogue) -> bool:
    agency = catalogue.agencies.get(referral.agency)
    return Way.CHAT in referral.ways and agency is not None and agency.reach in ("", "chat")


def _part(standing: Standing, event: Event) -> dict[str, object]:
    """Which referral or escalation, and the numbers that a button or timer must carry to act on it."""
    if "referral" in event.data:
        referral = standing.referral(int(event.data["referral"]))
        return {
            "number": referral.number,
            "round": 0,
            "agency": referral.agency,
            "sender": referral.sender,
            "purpose": referral.purpose.value,
            "answer_by": referral.answer_by.isoformat(),
            "reason": referral.reason.value if referral.reason else "",
        }
    escalation = next(e for e in standing.escalations if e.number == int(event.data["escalation"]))
    reasons: Sequence[str] = escalation.reasons
    return {
        "number": escalation.number,
        "round": escalation.round if event.kind is EventKind.ROSE else escalation.turn,
        "turn": escalation.turn,
        "step": escalation.step,
        "cause": escalation.cause.value,
        "rule": escalation.rule,
        "reasons": list(reasons),
        "promise": escalation.promise.isoformat() if escalation.promise else "",
        "agency": event.data.get("agency", ""),
    }


def over(message: OutgoingMessage, unit: UnitOfWork) -> str:
    """Why a message about a case need not leave any more: `closed`, `answered` or `settled`; empty while it does.

    Only requests to act are held back; news of what happened is always told.
    """
    case = unit.cases.get(message.about) if message.about else None
    if case is None or message.kind not in (ESCALATION, REFERRAL):
        return ""
    standing = replay(unit.cases.events(case.id))
    if standing.status is CaseStatus.CLOSED:
        return "closed"
    card = json.loads(message.payload)
    kind, number = EventKind(card["event"]), int(card["number"])
    if kind is EventKind.REFERRED and not standing.referral(number).is_open:
        return "answered"
    if kind in (EventKind.ESCALATED, EventKind.ROSE):
        escalation = next(e for e in standing.escalations if e.number == number)
        return "" if escalation.is_open else "settled"
    return ""
