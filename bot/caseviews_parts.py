"""The parts of a case as codes, numbers and dates for the templates: clocks, referrals, escalations, shares, timeline. Pure.

Refuses to know which commands are legal (caseviews_rights.py) and wording.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.caseviews_rights import Rights
from bot.shows import proposal_data
from routing.alerts import age_band
from routing.cases import Case, Event, EventKind
from routing.decision import decide
from routing.documents import FACTS, PROPOSAL
from routing.escalation import Escalation, EscalationState
from routing.facts import NO, UNKNOWN, YES, Facts
from routing.people import Actor
from routing.proposal import Proposal
from routing.referrals import Referral
from routing.sharing import Share
from routing.work import CaseNow, Rules
from routing.worktime import local, working_between

Data = dict[str, object]


def moment(at: datetime | None) -> str:
    """A moment in the town's zone to the minute (`2026-11-24T10:00`); empty for none."""
    return local(at).strftime("%Y-%m-%dT%H:%M") if at else ""


def clock(by: datetime | None, at: datetime, rules: Rules, kind: str = "working") -> Data | None:
    """A deadline: `by`, `left` in minutes (of working time unless `kind` is `wall`), whether it is `late`, `day`: minutes
    of one working day."""
    if by is None:
        return None
    late = at >= by
    first, last = (by, at) if late else (at, by)
    span = last - first if kind == "wall" else working_between(first, last, rules.hours)
    day = int(rules.hours.day_length.total_seconds() // 60)
    return {"by": moment(by), "left": int(span.total_seconds() // 60), "late": late, "kind": kind, "day": day}


def facts_now(now: CaseNow) -> Facts:
    """The facts of the case with the consent as it is now."""
    state = {"yes": YES, "no": NO, "withdrawn": NO}.get(now.standing.consent.state, UNKNOWN)
    return FACTS.validate_json(now.case.facts).with_choice("consent", state)


def proposal_now(now: CaseNow, rules: Rules, at: datetime) -> Proposal:
    """What the rules of today say of the case as it stands."""
    return decide(facts_now(now), rules.policy, rules.catalogue, local(at).date())


def household(case: Case) -> list[Data]:
    """The members as the case keeps them: who, and the age band."""
    facts = FACTS.validate_json(case.facts)
    return [{"key": m.key, "relation": m.relation, "band": age_band(m)} for m in facts.members]


def issues_of(case: Case) -> list[str]:
    """The issues of the case."""
    return sorted(FACTS.validate_json(case.facts).set_of("issues"))


def decided(case: Case) -> Data:
    """The stored proposal as the templates know it."""
    return proposal_data(PROPOSAL.validate_json(case.proposal))


def decision(case: Case) -> Data:
    """What was decided: the route, and the proposal's reasons where it was decided as proposed."""
    plan = decided(case)
    return {"route": case.confirmation.route, "reasons": [] if case.confirmation.overridden else plan["reasons"]}


def referral_data(referral: Referral, actor: Actor, rules: Rules, at: datetime, said: str) -> Data:
    """One referral. `clock` runs while the answer is awaited; `said` are the words of the answer, where they may be seen."""
    return {
        "number": referral.number,
        "agency": referral.agency,
        "purpose": referral.purpose.value,
        "ways": [way.value for way in referral.ways],
        "state": referral.state.value,
        "open": referral.is_open,
        "clock": clock(referral.answer_by, at, rules) if referral.is_open else None,
        "expires": moment(referral.expires_at),
        "sent_at": moment(referral.sent_at),
        "sender": referral.sender,
        "seen_at": moment(referral.seen_at),
        "answered_at": moment(referral.answered_at),
        "answer_way": referral.answer_way.value if referral.answer_way else "",
        "mine": referral.answered_by == actor.id,
        "reason": referral.reason.value if referral.reason else "",
        "noted": bool(referral.note),
        "said": said,
        "share": referral.share,
    }


def escalation_data(escalation: Escalation, rules: Rules, at: datetime, reason: Data | None, said: str) -> Data:
    """One escalation: who was told, which round, and when silence leads to the next alert."""
    plan = escalation.plan
    asked = escalation.state is EscalationState.ASKED
    step = escalation.step if asked else min(escalation.step + 1, len(plan.steps) - 1)
    return {
        "number": escalation.number,
        "state": escalation.state.value,
        "open": escalation.is_open,
        "cause": escalation.cause.value,
        "rule": escalation.rule,
        "reason": reason,
        "raised_at": moment(escalation.raised_at),
        "referrer": escalation.referrer,
        "told": [step.recipient for step in plan.steps[: escalation.step + 1]],
        "next": "" if asked else plan.steps[step].recipient,
        "round": escalation.round,
        "most": plan.most,
        "clock": clock(escalation.rises_at, at, rules, plan.clock) if escalation.is_open else None,
        "decided_at": moment(escalation.decided_at),
        "reasons": list(escalation.reasons),
        "promise": escalation.promise.isoformat() if escalation.promise else "",
        "promise_late": bool(escalation.promise and escalation.promise < local(at).date()),
        "followed_up": escalation.followed_up,
        "assigned": escalation.assigned,
        "post": escalation.post,
        "noted": bool(escalation.note),
        "said": said,
    }


def share_data(share: Share, actor: Actor) -> Data:
    """One entry of the share log."""
    return {
        "number": share.number,
        "basis": share.basis,
        "purpose": share.purpose,
        "recipient": share.recipient,
        "items": list(share.items),
        "at": moment(share.at),
        "mine": share.by == actor.id,
        "stopped": share.stopped,
    }


_SETTLES = frozenset({EventKind.INFORMED, EventKind.TAKEN_UP, EventKind.SENT_BACK, EventKind.CALLED_OFF})


def timeline(
    events: Iterable[Event], now: CaseNow, actor: Actor, rights: Rights, own: frozenset[int], notes: Mapping[str, str]
) -> list[Data]:
    """The events that the actor may see, oldest first; a desk that was only asked sees the lines about its own request."""
    found = []
    plans = {e.number: e for e in now.standing.escalations}
    asked = False
    for event in events:
        data = event.data
        asked = event.kind is EventKind.ASKED or (asked and event.kind not in _SETTLES)
        mine = data.get("referral", "").isdigit() and int(data["referral"]) in own
        if not (rights.whole or mine):
            continue
        line: Data = {
            "at": moment(event.at), "kind": event.kind.value, "mine": event.actor == actor.id,
            "timer": event.actor == "timer", "agency": data.get("agency", data.get("recipient", "")),
            "n": data.get("referral", data.get("given_for", "")), "reason": data.get("reason", ""),
            "reasons": data.get("reasons", "").split(), "promise": data.get("promise", ""),
            "state": data.get("state", ""), "how": data.get("how", ""), "way": data.get("way", ""),
            "cause": data.get("cause", ""), "round": data.get("round", ""), "basis": data.get("basis", ""),
            "items": data.get("items", "").split(), "purpose": data.get("purpose", ""),
            "to": _told(event, plans, asked), "post": data.get("post", ""), "note": data.get("note", ""), "said": notes.get(data.get("note", ""), ""),
        }  # fmt: skip
        found.append(line)
    return found


def _told(event: Event, escalations: Mapping[int, Escalation], asked: bool) -> str:
    """Whom an alert went to; while the referrer is asked, it is the referrer's desk that is reminded."""
    if event.kind not in (EventKind.ESCALATED, EventKind.ROSE):
        return ""
    escalation = escalations[int(event.data["escalation"])]
    if asked and event.kind is EventKind.ROSE:
        return f"agency:{escalation.referrer}" if escalation.referrer else ""
    return escalation.plan.steps[int(event.data.get("step", "0"))].recipient
