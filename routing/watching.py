"""A case's standing → what reminders watch about it. Pure.

Gives anchors (the moments and days that kinds of reminders count from) and who fills which role; policy data says after how
long whom. Refuses to know the kinds and the present moment.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime

from knowledge.catalogue import Catalogue
from routing.cases import CaseStatus
from routing.escalation import EscalationState
from routing.progress import Watched
from routing.roster import roster_of
from routing.standing import Standing

_MOST_PARENTS = 10
RANKS = ("coordinator", "deputy", "supervisor")
_ANCHORS = ("asked", "alerted", "progress", "planless", "review", "consent")
_NEVER: frozenset[str] = frozenset()
_NOT_LATER: Mapping[str, date] = {}
Part = Mapping[str, object]
Filled = dict[tuple[str, str, str], Mapping[str, str]]  # (owner, sender, receiver) → role → who fills it


def parts_of(standing: Standing) -> str:
    """What of a standing reminders look at, as JSON that a list can carry: one part for the case, one per open request …"""
    if standing.status is CaseStatus.CLOSED:
        return "[]"
    quiet = {
        "never": sorted(standing.never),
        "later": {kind: day.isoformat() for kind, day in sorted(standing.later.items())},
    }
    whole: dict[str, object] = {"owner": standing.owner}
    if standing.last_at and not any(r.is_open for r in standing.referrals):
        whole["progress"] = standing.last_at.isoformat()
    if standing.stuck:
        whole["stuck"] = standing.stuck
    now = standing.escalation
    if now is not None and now.state is EscalationState.ALERTED:
        whole["alerted"] = now.raised_at.isoformat()
    if now is not None and now.state is EscalationState.TAKEN_UP and now.decided_at:
        whole["planless"] = now.decided_at.isoformat()
    if now is not None and now.state is EscalationState.SENT_BACK and now.promise and not now.followed_up:
        whole["review"] = now.promise.isoformat()
    if now is not None and now.is_open and standing.consent.state == "unknown" and standing.consent.at:
        whole["consent"] = standing.consent.at.isoformat()
    parts = [whole]
    for referral in standing.referrals:
        if referral.is_open:
            asked = {"subject": f"referral:{referral.number}", "asked": referral.sent_at.isoformat()}
            parts.append({"owner": standing.owner, "receiver": referral.agency, "sender": referral.sender, **asked})
    return json.dumps([{**part, **quiet} for part in parts], ensure_ascii=False, separators=(",", ":"))


def watched(
    case_id: str, number: str, opened_by: str, parts: str, catalogue: Catalogue, filled: Filled | None = None
) -> Iterator[Watched]:
    """What to watch about a case, from what its list row carries. `filled` keeps who fills the roles from case to case."""
    known = {} if filled is None else filled
    for part in json.loads(parts):
        since = {name: _when(part[name]) for name in _ANCHORS if name in part}
        if since:
            later = (
                {kind: date.fromisoformat(day) for kind, day in part["later"].items()} if part["later"] else _NOT_LATER
            )
            desks = (part.get("owner", ""), part.get("sender", ""), part.get("receiver", ""))
            roles = known.get(desks)
            if roles is None:
                roles = known[desks] = _roles(*desks, catalogue)
            people = {"opener": f"person:{opened_by}", **roles}
            subject, never = part.get("subject", ""), frozenset(part["never"]) if part["never"] else _NEVER
            yield Watched(case_id, number, since, people, subject, never, later)


def _when(text: str) -> date | datetime:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _roles(owner: str, sender: str, receiver: str, catalogue: Catalogue) -> Mapping[str, str]:
    """Role → who fills it; roles that nobody fills are left out, and the policy's fallback says who is told instead."""
    found = {
        "owner": _agency(owner),
        "owner_deputy": post_of(owner, "deputy", catalogue),
        "owner_supervisor": post_of(owner, "supervisor", catalogue),
        "sender": _agency(sender),
        "receiver": _agency(receiver),
        "receiver_supervisor": post_of(receiver, "supervisor", catalogue),
        "team": _agency(catalogue.pack.project_team or catalogue.pack.fallback),
    }
    return {role: who for role, who in found.items() if who}


def _agency(name: str) -> str:
    return f"agency:{name}" if name else ""


def post_of(agency: str, rank: str, catalogue: Catalogue) -> str:
    """`post:…` of a rank at an agency, else at the desk that contains it; empty when there is none."""
    name, posts = agency, roster_of(catalogue).posts
    for _ in range(_MOST_PARENTS):
        if not name:
            return ""
        if (name, rank) in posts:
            return f"post:{posts[name, rank]}"
        record = catalogue.agencies.get(name)
        name = record.parent if record else ""
    return ""
