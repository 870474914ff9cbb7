"""A case as it stands → the neutral views that every surface shows. Pure; codes, numbers and dates only, no sentences.

The case itself is built here; forms, lists and links beside it (caseviews_forms.py, caseviews_lists.py). Whoever was only
asked sees what was shared with them and no more. Refuses to know surfaces, storage and wording.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.caseviews_forms import form_view, refer_view
from bot.caseviews_links import link_page_view, link_view
from bot.caseviews_lists import alert_view, board_view, former_view, team_name
from bot.caseviews_parts import (
    Data,
    decided,
    escalation_data,
    facts_now,
    household,
    issues_of,
    moment,
    proposal_now,
    referral_data,
    share_data,
    timeline,
)
from bot.caseviews_rights import Rights, case_options, referral_options, rights_of
from bot.views import Row, View
from routing.candidates import candidates
from routing.cases import CaseStatus, Event
from routing.escalation import Escalation
from routing.people import Actor, acts_for
from routing.referrals import ReferralState
from routing.work import CaseNow, Rules
from routing.worktime import local

_CAME_BACK = (ReferralState.DECLINED, ReferralState.EXPIRED)


def case_view(
    now: CaseNow,
    actor: Actor,
    rules: Rules,
    at: datetime,
    notes: Mapping[str, str],
    events: Sequence[Event],
    note: str = "",
) -> View:
    """The case with everything the actor may see and do. `note`: the command that was just done, for a word of what came of it.

    Rows: one per referral with its clock and its own choices. Options: the commands on the case that are legal now.
    """
    rights = rights_of(now, actor, rules.catalogue, rules.follow_up)
    own = frozenset(r.number for r in now.standing.referrals if acts_for(actor, r.agency, rules.catalogue))
    seen = [r for r in now.standing.referrals if rights.whole or r.number in own]
    referrals = [referral_data(r, actor, rules, at, notes.get(r.note, "")) for r in seen]
    rows = tuple(
        Row(f"referral:{r.number}", _parts(data), options=referral_options(now, r, actor, rights, rules.catalogue))
        for r, data in zip(seen, referrals, strict=True)
    )
    data: Data = {
        "note": note,
        **_head(now, rights, rules),
        "referrals": referrals,
        "shares": [
            share_data(s, actor)
            for s in now.standing.shares
            if rights.whole or acts_for(actor, s.recipient, rules.catalogue)
        ],
        "escalations": [_escalation(e, now, rules, at, notes) for e in now.standing.escalations]
        if rights.whole
        else [],
        "timeline": timeline(events, now, actor, rights, own, notes),
        **_coming_back(now, rights, rules, at),
    }
    return View("case", data, rows=rows, options=case_options(now, rights))


def _parts(referral: Data) -> tuple[str, ...]:
    parts = [f"fill:nth|text:{referral['number']}", f"agency:{referral['agency']}", f"purpose:{referral['purpose']}"]
    parts.append(f"referral_state:{referral['state']}")
    if referral["reason"]:
        parts.append(f"fill:reason|decline:{referral['reason']}")
    timer = referral["clock"]
    if isinstance(timer, dict):
        parts.append(f"clock:{timer['by']} {timer['left']} {int(timer['late'])} {timer['kind']} {timer['day']}")
    return tuple(parts)


def _head(now: CaseNow, rights: Rights, rules: Rules) -> Data:
    """Who holds the case and what it is about, as far as the actor may see it."""
    case, standing = now.case, now.standing
    plan = decided(case)
    return {
        "number": case.number,
        "whole": rights.whole,
        "holds": rights.holds,
        "team": rights.team,
        "items": [item for item in rules.follow_up.items if item in rights.items],
        "identity": sorted(rights.identity),
        "opened_on": case.on.isoformat(),
        "status": standing.status.value,
        "owner": standing.owner,
        "holders": list(standing.holders),
        "route": case.confirmation.route if rights.sees("proposal") else "",
        "meeting": (case.confirmation.meeting or "") if rights.sees("proposal") else "",
        "urgent": bool(plan["urgent"]),
        "members": household(case) if rights.sees("ages") else None,
        "issues": issues_of(case) if rights.sees("issues") else None,
        "duties": plan["duties"] if rights.whole or rights.sees("issues") else [],
        "consent": {
            "state": standing.consent.state,
            "how": standing.consent.how,
            "purpose": standing.consent.purpose,
            "recipient": standing.consent.recipient,
            "at": moment(standing.consent.at),
        },
    }


def _escalation(escalation: Escalation, now: CaseNow, rules: Rules, at: datetime, notes: Mapping[str, str]) -> Data:
    reasons = decided(now.case)["reasons"]
    assert isinstance(reasons, list)
    reason = next((r for r in reasons if r["rule"] == escalation.rule), None)
    named = [r.state.value for r in now.standing.referrals if r.decided_in == escalation.number]
    data = escalation_data(escalation, rules, at, reason, notes.get(escalation.note, ""))
    return {**data, "answer": named[-1] if named else ""}


def _coming_back(now: CaseNow, rights: Rights, rules: Rules, at: datetime) -> Data:
    """Bounces, and whom to ask next once a request to take the case came back."""
    bounce, standing = rules.follow_up.data.bounce, now.standing
    data: Data = {"bounces": standing.bounces(bounce.counts), "alert_at": bounce.alert_at, "next": []}
    last = standing.referrals[-1] if standing.referrals else None
    idle = not any(r.is_open for r in standing.referrals) and standing.status is CaseStatus.OPEN
    if rights.holds and last is not None and last.state in _CAME_BACK and idle:
        proposal = proposal_now(now, rules, at)
        data["next"] = list(candidates(proposal, facts_now(now), standing, rules.catalogue, local(at).date(), most=3))
    return data


def kept(view: View) -> View:
    """What a transcript may keep of a view: no link's secrets, no free text, no preview of what is shared."""
    if view.name == "link_given":
        return View(view.name, {**view.data, "token": "", "code": ""})
    if view.name == "case":
        return replace(view, data={**view.data, **{part: _silent(view.data[part]) for part in _SAYING}})
    if view.name in ("refer", "case_form"):
        inputs = tuple(replace(i, value="" if i.kind == "text" else i.value) for i in view.inputs)
        return replace(view, data={**view.data, "said": "", "situation": ""}, inputs=inputs)
    return view


_SAYING = ("referrals", "escalations", "timeline")


def _silent(lines: object) -> list[Data]:
    assert isinstance(lines, list)
    return [{**line, "said": ""} for line in lines]


__all__ = [
    "alert_view", "board_view", "case_view", "form_view", "former_view", "kept", "link_page_view", "link_view", "refer_view",
    "team_name",
]  # fmt: skip
