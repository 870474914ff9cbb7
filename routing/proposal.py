"""提案 as a value: what the decision returns, with every reason as an id that screen, record and report share.

Refuses to know wording: a `Reason` names a rule and the codes its sentence speaks of, never a resident's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that held. `about`: placeholder → codes (issues, fields, agencies, kinds)."""

    rule: str
    about: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WhyNot:
    """A route that was not proposed and why; what would change that stands with the rule."""

    route: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Target:
    """An agency to be asked, in order. `because`: codes and matches that speak for it."""

    agency: str
    field: str
    score: float
    issues: tuple[str, ...] = ()
    area: bool = False
    already_working: bool = False
    wanted: bool = False
    coordinator: str = ""


@dataclass(frozen=True, slots=True)
class MeetingChoice:
    """The meeting that can take the case. `body` is empty when the town has none of that kind.

    `kind` is null in `Proposal.meeting` while consent is unknown: no meeting is named yet.
    """

    kind: str
    body: str = ""
    next_on: date | None = None
    agenda_by: date | None = None
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DutyCard:
    """A duty to show first. `levels`: duty ids of one trigger, the strictest first."""

    duty: str
    reason: Reason
    holders: tuple[str, ...] = ()
    receivers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """Everything that is proposed on a day, in the order it is shown. `fallback`: nothing fitted, see the gap ledger."""

    route: str
    on: date
    pack: str
    pack_digest: str
    policy: str
    policy_digest: str
    duties: tuple[DutyCard, ...] = ()
    meeting: MeetingChoice | None = None
    targets: tuple[Target, ...] = ()
    reasons: tuple[Reason, ...] = ()
    why_not: tuple[WhyNot, ...] = ()
    cautions: tuple[Reason, ...] = ()
    supports: tuple[Reason, ...] = ()
    shares: tuple[Reason, ...] = ()
    resources: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    weight: str = ""
    consent: str = "unknown"
    urgent: bool = False
    fallback: bool = False
    unmet: tuple[str, ...] = ()
