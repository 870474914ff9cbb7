"""What a person may see of a case and which commands are theirs now, computed from the same rules as the use cases. Pure.

The one place that decides which buttons are drawn, so that every legal command is offered and none that would be refused.
Refuses to know wording and surfaces.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.views import Option
from knowledge.catalogue import Catalogue
from routing.cases import CaseStatus
from routing.escalation import ASSIGNABLE, EscalationState
from routing.follow_up import FollowUp
from routing.people import Actor, acts_for, in_team
from routing.referrals import Referral, ReferralState
from routing.work import CaseNow

NAMES, CONTACT, VISITOR = "names", "contact", "visitor"
_LET_IN = (ReferralState.SENT, ReferralState.SEEN, ReferralState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Rights:
    """`holds`: may steer the case; `whole`: sees everything but who the household is; `items`: what else was shared with
    the actor; `identity`: what may be opened of who the household is (`names`, `contact`, `visitor`: who came to the desk)."""

    holds: bool
    team: bool
    whole: bool
    items: frozenset[str]
    identity: frozenset[str]

    def sees(self, item: str) -> bool:
        """Whether an item (of `follow_up.toml`) may be shown."""
        return self.whole or item in self.items


def rights_of(now: CaseNow, actor: Actor, catalogue: Catalogue, follow_up: FollowUp) -> Rights:
    """The rights of a person who may see the case.

    A desk that was only asked sees what was shared with it: all of it while its answer is awaited or it accepted, and
    afterwards (or once the consent was withdrawn) what tells nobody who the household is.
    """
    standing = now.standing
    opened = actor.id == now.case.opened_by
    team = in_team(actor, catalogue)
    alerted = team and bool(standing.escalations)
    ever_held = opened or any(acts_for(actor, desk, catalogue) for desk in standing.holders)
    holds = opened or alerted or acts_for(actor, standing.owner, catalogue)
    let_in = {r.share for r in standing.referrals if r.state in _LET_IN}
    items = set()
    for share in standing.shares:
        if acts_for(actor, share.recipient, catalogue):
            full = share.number in let_in and not share.stopped
            items |= {i for i in share.items if full or not _tells_who(i, follow_up)}
    identity = frozenset((NAMES, CONTACT, VISITOR)) if ever_held else frozenset(items & {NAMES, CONTACT})
    return Rights(holds, team, ever_held or alerted, frozenset(items), identity)


def _tells_who(item: str, follow_up: FollowUp) -> bool:
    found = follow_up.items.get(item)
    return found is None or found.identity


def case_options(now: CaseNow, rights: Rights) -> tuple[Option, ...]:
    """The commands on the case and its escalation that are legal for the actor now; what waits for them comes first."""
    number, standing = now.case.number, now.standing
    is_open = standing.status is CaseStatus.OPEN
    up = standing.escalation is not None and standing.escalation.is_open
    found = list(_escalation_options(now, rights))
    if rights.holds:
        if is_open:
            found.append(Option("case:ask", number, "act:ask", "plain" if found or standing.taking else "primary"))
            if not up:
                found.append(Option("case:escalate", number, "act:escalate"))
        found.append(Option("case:note", number, "act:note"))
        found.append(Option("case:consent", number, "act:consent"))
        if is_open and not up and not any(r.is_open for r in standing.referrals):
            found.append(Option("case:close", number, "act:close"))
        if not is_open:
            found.append(Option("case:reopen", number, "act:reopen", "primary"))
    return tuple(found)


def _escalation_options(now: CaseNow, rights: Rights) -> list[Option]:
    escalation = now.standing.escalation
    if escalation is None:
        return []
    value = f"{now.case.number}/{escalation.turn}"
    found = []
    if escalation.is_open and rights.team:
        if escalation.state is EscalationState.ALERTED:
            found.append(Option("case:ack", value, "act:ack", "primary"))
        later = "plain" if found else "primary"
        found.append(Option("case:take_up", value, "act:take_up", later))
        found += [Option(f"case:{name}", value, f"act:{name}") for name in ("send_back", "ask_info")]
    if rights.team:
        found += assign_options(now)
    if rights.holds:
        if escalation.state is EscalationState.ASKED:
            found.append(Option("case:inform", value, "act:inform", "plain" if rights.team else "primary"))
        if escalation.is_open:
            found.append(Option("case:call_off", value, "act:call_off", "danger"))
        if escalation.state is EscalationState.SENT_BACK and not escalation.followed_up:
            found.append(Option("case:followed_up", now.case.number, "act:followed_up", "primary"))
    return found


def assign_options(now: CaseNow) -> tuple[Option, ...]:
    """担当を決める, while the team may name a desk: nobody else is being asked to take the case."""
    standing = now.standing
    up, idle = standing.escalation, standing.taking is None and standing.status is CaseStatus.OPEN
    if up is None or up.state not in ASSIGNABLE or not idle:
        return ()
    return (Option("case:assign", f"{now.case.number}/{up.turn}", "act:assign"),)


def referral_options(
    now: CaseNow, referral: Referral, actor: Actor, rights: Rights, catalogue: Catalogue
) -> tuple[Option, ...]:
    """The commands on one referral that are legal for the actor now."""
    if not referral.is_open:
        return ()
    value = f"{now.case.number}/{referral.number}"
    found = []
    if acts_for(actor, referral.agency, catalogue):
        found.append(Option("case:accept", value, "act:accept", "primary"))
        found.append(Option("case:decline", value, "act:decline"))
        if referral.state is ReferralState.SENT:
            found.append(Option("case:see", value, "act:see"))
    if rights.holds or acts_for(actor, referral.sender, catalogue):
        found.append(Option("case:record", value, "act:record"))
    if rights.holds:
        if now.standing.status is CaseStatus.OPEN:
            found.append(Option("case:link", value, "act:link"))
        found.append(Option("case:withdraw", value, "act:withdraw", "danger"))
    return tuple(found)
