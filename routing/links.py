"""One-time links for agencies without chat: opened by whoever holds the link, answered once, identity only after a code told by phone.

Knows the states of a link and what spends it. Refuses to know randomness, hashes' keys and where links lie.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from routing.errors import LinkRefused


@dataclass(frozen=True, slots=True)
class Link:
    """A link to one referral. Only hashes of the token and of the code are kept. `wrong`: wrong codes so far."""

    token_hash: str
    code_hash: str
    case_id: str
    referral: int
    made_at: datetime
    made_by: str
    expires_at: datetime
    most_wrong: int
    wrong: int = 0
    used_at: datetime | None = None
    opened_at: datetime | None = None


def check(link: Link | None, at: datetime) -> Link:
    """A link that may still be used. Raises `LinkRefused` (unknown, used, expired, locked)."""
    if link is None:
        raise LinkRefused("unknown")
    if link.used_at is not None:
        raise LinkRefused("used")
    if at >= link.expires_at:
        raise LinkRefused("expired")
    if link.wrong >= link.most_wrong:
        raise LinkRefused("locked")
    return link


def try_code(link: Link, code_hash: str, at: datetime) -> tuple[Link, bool]:
    """The link after a code was tried, and whether it was right. Raises `LinkRefused` like `check`."""
    check(link, at)
    if code_hash == link.code_hash:
        return replace(link, opened_at=link.opened_at or at), True
    return replace(link, wrong=link.wrong + 1), False


def spend(link: Link, at: datetime) -> Link:
    """The link after an answer. Raises `LinkRefused`; an answer needs the code to have been right."""
    check(link, at)
    if link.opened_at is None:
        raise LinkRefused("code")
    return replace(link, used_at=at)
