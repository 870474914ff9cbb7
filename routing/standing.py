"""How a case stands after its events: who holds it, its referrals, its escalations, what was shared, and the consent now.

`replay` is the only way to such a value, so that what the screen shows and what the timeline tells can never differ. The
rules that span several parts live here: never two desks that both believe the case is theirs, never an open case without
one that holds it, bounces counted. Refuses to know storage, working time and wording.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import reduce

from routing.cases import CaseStatus, Event, EventKind
from routing.errors import IllegalMove, StillOpen
from routing.escalation import Escalation, EscalationState, acted, raised
from routing.referrals import Purpose, Referral, ReferralState, moved, sent
from routing.sharing import Share, shared

IDENTITY_SHOWN = "identity_shown"
_DECIDED = (EscalationState.TAKEN_UP, EscalationState.SENT_BACK)
_REFERRAL = frozenset({EventKind.SEEN, EventKind.ACCEPTED, EventKind.DECLINED, EventKind.WITHDRAWN, EventKind.EXPIRED})
_ESCALATION = frozenset(
    {
        EventKind.ACKNOWLEDGED,
        EventKind.ROSE,
        EventKind.TAKEN_UP,
        EventKind.SENT_BACK,
        EventKind.ASKED,
        EventKind.INFORMED,
        EventKind.CALLED_OFF,
        EventKind.FOLLOWED_UP,
        EventKind.ASSIGNED,
    }
)


@dataclass(frozen=True, slots=True)
class Consent:
    """The consent now. `how`: written, oral or empty; `purpose` and `recipient` limit it, empty = not limited."""

    state: str = "unknown"
    how: str = ""
    purpose: str = ""
    recipient: str = ""
    at: datetime | None = None

    def towards(self, agency: str) -> str:
        """The state of the consent towards one agency: a yes that was limited to another says nothing about this one."""
        limited = self.state == "yes" and self.recipient not in ("", agency)
        return "unknown" if limited else self.state


@dataclass(frozen=True, slots=True)
class Standing:
    """A case after its events. `owner`: the agency that answers for it; `holders`: all that ever did, the latest last.

    `stuck`: the reason code while its holder says that it does not move. `later`, `never`: kinds of reminders that were put
    off until a day, or are not wanted for this case (`*`: all of them).
    """

    status: CaseStatus = CaseStatus.OPEN
    owner: str = ""
    holders: tuple[str, ...] = ()
    consent: Consent = field(default_factory=Consent)
    referrals: tuple[Referral, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    shares: tuple[Share, ...] = ()
    stuck: str = ""
    later: Mapping[str, date] = field(default_factory=dict)
    never: frozenset[str] = frozenset()
    last_at: datetime | None = None

    @property
    def escalation(self) -> Escalation | None:
        """The latest escalation, open or settled."""
        return self.escalations[-1] if self.escalations else None

    @property
    def taking(self) -> Referral | None:
        """The unanswered request to take the case over."""
        return next((r for r in self.referrals if r.is_open and r.purpose is Purpose.TAKE), None)

    def referral(self, number: int) -> Referral:
        """A referral by its number. Raises `IllegalMove` when the case has none of that number."""
        found = next((r for r in self.referrals if r.number == number), None)
        if found is None:
            raise IllegalMove(f"つなぎ{number}番なし", "返事")
        return found

    def bounces(self, counts: Iterable[str]) -> int:
        """How many requests to take the case came back since somebody last took it or the team last decided."""
        states = set(counts)
        asked = [r for r in self.referrals if r.purpose is Purpose.TAKE]
        taken = [r.answered_at for r in asked if r.state is ReferralState.ACCEPTED and r.answered_at]
        decided = [e.decided_at for e in self.escalations if e.decided_at and e.state in _DECIDED]
        since = max((*taken, *decided), default=None)
        return sum(
            r.state.value in states and (since is None or (r.answered_at is not None and r.answered_at > since))
            for r in asked
        )

    @property
    def turned_down(self) -> frozenset[str]:
        """Agencies that declined or never answered: they are not proposed again."""
        return frozenset(r.agency for r in self.referrals if r.state in (ReferralState.DECLINED, ReferralState.EXPIRED))


def check_open(standing: Standing, command: str) -> None:
    """Raises `IllegalMove` for a closed case."""
    if standing.status is CaseStatus.CLOSED:
        raise IllegalMove("終結", command)


def check_new_referral(standing: Standing, agency: str, purpose: Purpose, name: str) -> None:
    """Whether an agency may be asked now. Raises `StillOpen` or `IllegalMove`."""
    check_open(standing, "つなぐ")
    if agency == standing.owner:
        raise IllegalMove("この機関が主担当", "引き受けのお願い" if purpose is Purpose.TAKE else "つなぐ")
    if purpose is Purpose.TAKE and standing.taking is not None:
        raise StillOpen(name)
    if any(r.is_open and r.agency == agency for r in standing.referrals):
        raise IllegalMove("この機関の返事待ち", "つなぐ")


def after(standing: Standing, event: Event) -> Standing:
    """The standing after one more event."""
    looked = event.kind is EventKind.NOTED and event.data.get("note") == IDENTITY_SHOWN
    standing = standing if looked else replace(standing, last_at=event.at)  # to look is no progress
    match event.kind:
        case EventKind.OPENED:
            owner = event.data.get("owner", "")
            consent = Consent(event.data.get("consent", "unknown"), at=event.at)
            return replace(standing, owner=owner, holders=(owner,) if owner else (), consent=consent)
        case EventKind.CLOSED:
            return replace(standing, status=CaseStatus.CLOSED)
        case EventKind.REOPENED:
            return replace(standing, status=CaseStatus.OPEN)
        case EventKind.CONSENT:
            return _consented(standing, event)
        case EventKind.PROGRESSED | EventKind.STUCK:
            return replace(standing, stuck=event.data.get("reason", ""))
        case EventKind.LATER:
            until = date.fromisoformat(event.data["until"])
            return replace(standing, later={**standing.later, event.data["kind"]: until})
        case EventKind.NEVER:
            return replace(standing, never=standing.never | {event.data["kind"]})
        case EventKind.SHARED:
            return replace(standing, shares=(*standing.shares, shared(event)))
        case EventKind.REFERRED:
            return replace(standing, referrals=(*standing.referrals, sent(event)))
        case EventKind.ESCALATED:
            return replace(standing, escalations=(*standing.escalations, raised(event)))
    if event.kind in _REFERRAL:
        return _answered(standing, event)
    if event.kind in _ESCALATION:
        number = int(event.data["escalation"])
        changed = tuple(acted(e, event) if e.number == number else e for e in standing.escalations)
        return replace(standing, escalations=changed)
    return standing


def replay(events: Iterable[Event]) -> Standing:
    """The standing that a case's events lead to."""
    return reduce(after, events, Standing())


def _answered(standing: Standing, event: Event) -> Standing:
    number = int(event.data["referral"])
    changed = tuple(moved(r, event) if r.number == number else r for r in standing.referrals)
    standing = replace(standing, referrals=changed)
    answered = standing.referral(number)
    if answered.state is ReferralState.ACCEPTED and answered.purpose is Purpose.TAKE:
        return replace(standing, owner=answered.agency, holders=(*standing.holders, answered.agency))
    return standing


def _consented(standing: Standing, event: Event) -> Standing:
    data = event.data
    consent = Consent(data["state"], data.get("how", ""), data.get("purpose", ""), data.get("recipient", ""), event.at)
    stopped = data["state"] in ("no", "withdrawn")
    shares = tuple(replace(s, stopped=s.stopped or (stopped and s.basis == "consent")) for s in standing.shares)
    return replace(standing, consent=consent, shares=shares)
