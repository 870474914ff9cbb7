"""つなぎ as a value: asked → seen → accepted, declined, withdrawn or expired, and which moves are legal in which state.

Knows one referral. Refuses to know the case around it (standing.py), what may be shared (sharing.py), and wording.
Everything it holds comes from events, so that replaying a case's events gives the same referral.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from routing.cases import Event, EventKind
from routing.errors import AlreadySettled, Missing


class ReferralState(StrEnum):
    """Where a referral stands."""

    SENT = "sent"
    SEEN = "seen"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Purpose(StrEnum):
    """`take`: the receiver is asked to take the case over. `join`: to work on its part beside the desk that holds it."""

    TAKE = "take"
    JOIN = "join"


class Way(StrEnum):
    """How a referral reaches the agency, and how it is answered. 丁寧なつなぎ is `same_day`, `together`, `phone`, `sheet`."""

    CHAT = "chat"
    PHONE = "phone"
    SHEET = "sheet"
    MAIL = "mail"
    LINK = "link"
    TOGETHER = "together"
    SAME_DAY = "same_day"


class DeclineReason(StrEnum):
    """お断りの理由: the four root causes that 沖縄市 names, and three that a next step follows from."""

    LAW = "law"
    ORGANISATION = "organisation"
    RELATION = "relation"
    OTHER = "other"
    CAPACITY = "capacity"
    AREA = "area"
    DOCUMENTS = "documents"


_REACH: Mapping[str, Way] = {"phone": Way.PHONE, "paper": Way.SHEET, "mail": Way.MAIL}
OPEN = (ReferralState.SENT, ReferralState.SEEN)
_AFTER: Mapping[EventKind, ReferralState] = {
    EventKind.SEEN: ReferralState.SEEN,
    EventKind.ACCEPTED: ReferralState.ACCEPTED,
    EventKind.DECLINED: ReferralState.DECLINED,
    EventKind.WITHDRAWN: ReferralState.WITHDRAWN,
    EventKind.EXPIRED: ReferralState.EXPIRED,
}
_STATES: Mapping[ReferralState, str] = {
    ReferralState.SENT: "返事待ち",
    ReferralState.SEEN: "確認済み・返事待ち",
    ReferralState.ACCEPTED: "受理",
    ReferralState.DECLINED: "お断り",
    ReferralState.WITHDRAWN: "取り下げ",
    ReferralState.EXPIRED: "返事なし・期限切れ",
}
_COMMANDS: Mapping[EventKind, str] = {
    EventKind.SEEN: "確認",
    EventKind.ACCEPTED: "受理",
    EventKind.DECLINED: "お断り",
    EventKind.WITHDRAWN: "取り下げ",
    EventKind.EXPIRED: "期限切れ",
}


@dataclass(frozen=True, slots=True)
class Referral:
    """One request to one agency. `number` counts from 1 within the case; `share` is the number of what was shared with it.

    `decided_in`: the number of the escalation in which the team named the agency as 主担当, 0 for a desk's own request; `post`:
    whom of the agency it named.
    `note` says under which key the case's notes keep the free text of the answer (never in events, never in logs).
    """

    number: int
    agency: str
    purpose: Purpose
    ways: tuple[Way, ...]
    share: int
    sent_at: datetime
    sent_by: str
    sender: str
    answer_by: datetime
    expires_at: datetime
    state: ReferralState = ReferralState.SENT
    seen_at: datetime | None = None
    answered_at: datetime | None = None
    answered_by: str = ""
    answer_way: Way | None = None
    reason: DeclineReason | None = None
    note: str = ""
    decided_in: int = 0
    post: str = ""

    @property
    def is_open(self) -> bool:
        """Whether an answer is still awaited."""
        return self.state in OPEN


def way_of(reach: str) -> Way:
    """How an agency is asked when nobody chose: in chat, unless the pack says that it has none."""
    return _REACH.get(reach, Way.CHAT)


def sent(event: Event) -> Referral:
    """The referral that a `REFERRED` event tells of."""
    data = event.data
    return Referral(
        number=int(data["referral"]),
        agency=data["agency"],
        purpose=Purpose(data["purpose"]),
        ways=tuple(Way(way) for way in data["ways"].split()),
        share=int(data["share"]),
        sent_at=event.at,
        sent_by=event.actor,
        sender=data["sender"],
        answer_by=datetime.fromisoformat(data["answer_by"]),
        expires_at=datetime.fromisoformat(data["expires_at"]),
        decided_in=int(data.get("decided_in", "0")),
        post=data.get("post", ""),
    )


def move(
    referral: Referral,
    kind: EventKind,
    at: datetime,
    by: str,
    *,
    way: Way = Way.CHAT,
    reason: DeclineReason | None = None,
    note: str = "",
) -> Event | None:
    """The event of a legal move; None when it is already seen and seen again.

    Raises `AlreadySettled` once it was answered, withdrawn or expired, and `Missing` for a decline without a reason.
    """
    if not referral.is_open:
        raise AlreadySettled(_STATES[referral.state], _COMMANDS[kind])
    if kind is EventKind.SEEN and referral.state is ReferralState.SEEN:
        return None
    data = {"referral": str(referral.number), "agency": referral.agency}
    if kind is EventKind.DECLINED:
        if reason is None:
            raise Missing("お断りの理由")
        data["reason"] = reason.value
    if kind in (EventKind.ACCEPTED, EventKind.DECLINED):
        data["way"] = way.value
    if note:
        data["note"] = note
    return Event(kind, at, by, data)


def moved(referral: Referral, event: Event) -> Referral:
    """The referral after an event of its own."""
    state = _AFTER[event.kind]
    if state is ReferralState.SEEN:
        return replace(referral, state=state, seen_at=event.at)
    reason, way = event.data.get("reason"), event.data.get("way")
    return replace(
        referral,
        state=state,
        answered_at=event.at,
        answered_by=event.actor,
        answer_way=Way(way) if way else None,
        reason=DeclineReason(reason) if reason else None,
        note=event.data.get("note", ""),
    )
