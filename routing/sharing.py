"""What may be shared with whom on which basis, and the record that it was. Pure.

Knows bases and items as policy data (`sharing.toml`) and which rules of the policy (`[[share]]`) hold for the case now.
Refuses to know the household: an item is a code, never its content.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from knowledge.catalogue import Catalogue
from routing.cases import Event, EventKind
from routing.errors import Missing, NoBasis
from routing.follow_up import Basis, FollowUp
from routing.proposal import Proposal

ANYONE, DUTY, MEETING = "anyone", "duty", "meeting"
REFUSED = ("no", "withdrawn")


@dataclass(frozen=True, slots=True)
class Share:
    """共有の記録: what was told to whom, on which basis and for what. `number` counts from 1 within the case.

    `stopped`: the consent it stood on was withdrawn later; it still says what the receiver knows.
    """

    number: int
    basis: str
    purpose: str
    recipient: str
    items: tuple[str, ...]
    at: datetime
    by: str
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A basis that holds now towards one recipient, and the items that it reaches, in the order they are shown."""

    basis: str
    items: tuple[str, ...]
    needs_reason: bool


def offers(
    proposal: Proposal, consent: str, recipient: str, follow_up: FollowUp, catalogue: Catalogue, on: date
) -> tuple[Offer, ...]:
    """The bases on which something may be shared with an agency now, the one without personal details last.

    `consent` is the case's present one, which may have changed since the proposal.
    """
    rules = {reason.rule for reason in proposal.shares}
    found = []
    for basis in follow_up.bases.values():
        ground = basis.in_force(on) and (not basis.rule or basis.rule in rules)
        if basis.consent:
            ground = ground and consent == basis.consent
        if basis.unless_refused:
            ground = ground and consent not in REFUSED
        if ground and _reaches(basis, proposal, recipient, catalogue):
            items = tuple(i.id for i in follow_up.items.values() if not i.identity or basis.identity)
            found.append(Offer(basis.id, items, basis.needs_reason))
    return tuple(found)


def _reaches(basis: Basis, proposal: Proposal, recipient: str, catalogue: Catalogue) -> bool:
    if basis.recipients == ANYONE:
        return True
    if basis.recipients == DUTY:
        return any(recipient in card.receivers for card in proposal.duties if card.duty in basis.duties)
    body = catalogue.meetings.get(proposal.meeting.body) if proposal.meeting and proposal.meeting.body else None
    return body is not None and recipient in (*body.members, body.convenor, body.secretariat)


def share(
    number: int,
    offered: Sequence[Offer],
    basis: str,
    items: Sequence[str],
    recipient: str,
    purpose: str,
    at: datetime,
    by: str,
    *,
    reason: str = "",
) -> Event:
    """The event of sharing. `reason` is the key of the note that says why, where the basis asks for one.

    Raises `NoBasis` when the basis does not hold or does not reach an item, `Missing` for a reason that is not given.
    """
    offer = next((o for o in offered if o.basis == basis), None)
    if offer is None:
        raise NoBasis(basis, "この案件とこの相手には当てはまりません")
    beyond = [item for item in items if item not in offer.items]
    if beyond:
        raise NoBasis(basis, f"この根拠で渡せない項目があります（{' '.join(beyond)}）")
    if offer.needs_reason and not reason:
        raise Missing("この根拠で共有する理由")
    data = {
        "share": str(number),
        "basis": basis,
        "purpose": purpose,
        "recipient": recipient,
        "items": " ".join(dict.fromkeys(items)),
    }
    return Event(EventKind.SHARED, at, by, data | ({"note": reason} if reason else {}))


def shared(event: Event) -> Share:
    """The share that a `SHARED` event tells of."""
    data: Mapping[str, str] = event.data
    return Share(
        int(data["share"]),
        data["basis"],
        data["purpose"],
        data["recipient"],
        tuple(data["items"].split()),
        event.at,
        event.actor,
    )
