"""One-time links in SQL. Knows that the next state of a link is written only over the state that was read.

Two who try codes at the same moment could otherwise share one count, and guess for ever. Refuses to know what spends a link.
"""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import update
from sqlmodel import Session, col, select

from routing.errors import StaleWrite
from routing.links import Link
from routing.store.columns import storable
from routing.store.desk import Desk
from routing.store.handover_tables import LinkRow
from routing.store.secrets import Sealer

CHANGED = "このリンクは、ほかの画面で使われたばかりです。少し待ってから、もう一度開いてください。"


class SqlLinks(Desk):
    """`ports.Links`. A link that is not new is read before it is written, in the same unit of work."""

    def __init__(self, session: Session, sealer: Sealer) -> None:
        super().__init__(session, sealer)
        self._known: dict[str, Link] = {}

    def get(self, token_hash: str) -> Link | None:
        row = self._first(select(LinkRow).where(col(LinkRow.token_hash) == token_hash))
        if row is None:
            return None
        link = _value(row)
        self._known[link.token_hash] = link
        return link

    def put(self, link: Link) -> None:
        """Write a new link, or the next state of the one that was read. Raises `StaleWrite` when that is no longer its state."""
        after = storable(link)
        read, key = self._known.get(after.token_hash), col(LinkRow.token_hash)
        if read is None:
            written = self._write(self._insert(LinkRow).values(asdict(after)).on_conflict_do_nothing().returning(key))
        else:
            same = (
                key == after.token_hash,
                col(LinkRow.wrong) == read.wrong,
                col(LinkRow.used_at).is_not_distinct_from(read.used_at),
                col(LinkRow.opened_at).is_not_distinct_from(read.opened_at),
            )
            written = self._write(update(LinkRow).where(*same).values(asdict(after)).returning(key))
        if not written:
            raise StaleWrite(CHANGED)
        self._known[after.token_hash] = after


def _value(row: LinkRow) -> Link:
    return Link(
        token_hash=row.token_hash,
        code_hash=row.code_hash,
        case_id=row.case_id,
        referral=row.referral,
        made_at=row.made_at,
        made_by=row.made_by,
        expires_at=row.expires_at,
        most_wrong=row.most_wrong,
        wrong=row.wrong,
        used_at=row.used_at,
        opened_at=row.opened_at,
    )
