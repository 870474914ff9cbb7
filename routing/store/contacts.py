"""How recipients are reached, what lies in the web's inbox, and signs of life, in SQL. Refuses to know who may read what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import case, update
from sqlmodel import col, select

from routing.outgoing import WEB, Contact, ContactState, InboxItem
from routing.store.columns import storable
from routing.store.desk import Desk
from routing.store.outgoing_convert import contact_columns, contact_value, inbox_value
from routing.store.outgoing_tables import BeatRow, ContactRow, InboxRow

BATCH = 500


class SqlContacts(Desk):
    """`outgoing.Contacts`."""

    def of(self, recipient: str) -> Sequence[Contact]:
        """Every contact of a recipient, the preferred first; the web inbox when there is none."""
        return self.of_all([recipient])[recipient]

    def of_all(self, recipients: Iterable[str]) -> Mapping[str, Sequence[Contact]]:
        """`of` for many at once."""
        names = list(dict.fromkeys(recipients))
        found: dict[str, list[Contact]] = {name: [] for name in names}
        for start in range(0, len(names), BATCH):
            part = col(ContactRow.recipient).in_(names[start : start + BATCH])
            ordered = (
                select(ContactRow)
                .where(part)
                .order_by(col(ContactRow.rank), col(ContactRow.surface), col(ContactRow.address))
            )
            for row in self._all(ordered):
                found[row.recipient].append(contact_value(row))
        return {name: contacts or [Contact(name, WEB, name)] for name, contacts in found.items()}

    def on(self, surface: str) -> Sequence[Contact]:
        """Every contact of a surface, those that are gone too, in the order of the recipients."""
        found = select(ContactRow).where(col(ContactRow.surface) == surface)
        return [
            contact_value(row) for row in self._all(found.order_by(col(ContactRow.recipient), col(ContactRow.address)))
        ]

    def put(self, contact: Contact, at: datetime) -> None:
        """Write or replace a contact."""
        columns = {**contact_columns(storable(contact)), "changed_at": at}
        written = self._insert(ContactRow).values(columns)
        keys = ["recipient", "surface", "address"]
        changed = {name: value for name, value in columns.items() if name not in keys}
        replaced = written.on_conflict_do_update(index_elements=keys, set_=changed)
        self._write(replaced.returning(col(ContactRow.recipient)))

    def gone(self, recipient: str, surface: str, address: str, why: str, at: datetime) -> None:
        """Nobody can be reached there any more; a contact that was never put stays unknown."""
        same = (
            col(ContactRow.recipient) == recipient,
            col(ContactRow.surface) == surface,
            col(ContactRow.address) == address,
        )
        changed = {"state": ContactState.GONE.value, "why": why, "changed_at": at}
        self._write(update(ContactRow).where(*same).values(changed).returning(col(ContactRow.recipient)))


class SqlInbox(Desk):
    """`outgoing.Inbox`."""

    def put(self, recipient: str, key: str, payload: str, at: datetime, kind: str = "") -> bool:
        """False when the recipient already has this key."""
        item = storable(InboxItem(recipient, key, kind, payload, at))
        row = {
            "key": item.key,
            "recipient": item.recipient,
            "kind": item.kind,
            "payload": item.payload,
            "put_at": item.put_at,
            "read_by": "",
        }
        return bool(self._add(InboxRow, [row], col(InboxRow.key)))

    def of(self, recipients: Sequence[str], limit: int = 50) -> Sequence[InboxItem]:
        """Unread first, then the latest first."""
        found = select(InboxRow).where(col(InboxRow.recipient).in_(recipients))
        unread = case((col(InboxRow.read_at).is_(None), 0), else_=1)
        ordered = found.order_by(unread, col(InboxRow.put_at).desc(), col(InboxRow.key)).limit(limit)
        return [inbox_value(row) for row in self._all(ordered)]

    def read(self, key: str, by: str, at: datetime) -> bool:
        """Mark every item of the key as read; False when none was unread."""
        unread = (col(InboxRow.key) == key, col(InboxRow.read_at).is_(None))
        changed = update(InboxRow).where(*unread).values(read_at=at, read_by=by)
        return bool(self._write(changed.returning(col(InboxRow.key))))


class SqlBeats(Desk):
    """`outgoing.Beats`."""

    def put(self, name: str, at: datetime) -> None:
        """Somebody lives; an older sign of the same name is replaced."""
        written = self._insert(BeatRow).values(name=name, at=at)
        replaced = written.on_conflict_do_update(index_elements=["name"], set_={"at": at})
        self._write(replaced.returning(col(BeatRow.name)))

    def all(self) -> Mapping[str, datetime]:
        """Every name with its last moment."""
        return {row.name: row.at for row in self._all(select(BeatRow).order_by(col(BeatRow.name)))}
