"""Sealing every token again with the first key, and hashing every mark again. Knows which columns hold tokens.

Looks at what is in them only where a household's marks are made anew; nothing of it is kept.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from routing.households import marks_of
from routing.store.convert import identity_value
from routing.store.handover_tables import NoteRow
from routing.store.households import SqlHouseholds
from routing.store.secrets import Sealer
from routing.store.tables import DialogueRow, IdentityRow, KeyRow, TurnRow

# The key's own token comes last: while it is old, a store that lost its old key refuses to open.
SEALED: tuple[tuple[Any, Any], ...] = (
    (col(TurnRow.id), col(TurnRow.raw)),
    (col(DialogueRow.conversation), col(DialogueRow.secret)),
    (col(NoteRow.id), col(NoteRow.sealed)),
    (col(IdentityRow.case_id), col(IdentityRow.sealed)),
    (col(KeyRow.name), col(KeyRow.token)),
)
BATCH = 200


def reseal_all(engine: Engine, sealer: Sealer) -> int:
    """Seal all again, a few at a time so that others can work between; safe to repeat. Raises `KeyMissing`."""
    total = 0
    for key, token in SEALED:
        after = None
        while True:
            done, after = _batch(engine, sealer, key, token, after)
            total += done
            if done < BATCH:
                break
    return total


def _batch(engine: Engine, sealer: Sealer, key: Any, token: Any, after: Any) -> tuple[int, Any]:
    with Session(engine) as session:
        found = select(key, token).order_by(key).limit(BATCH).with_for_update()
        rows = session.exec(found if after is None else found.where(key > after)).all()
        for name, old in rows:
            changed = update(key.class_).where(key == name).values({token.key: sealer.reseal(old)})
            session.exec(changed, execution_options={"synchronize_session": False})
            if token.class_ is IdentityRow:  # a mark cannot be read back from its hash, only be made again
                SqlHouseholds(session, sealer).put(name, marks_of(identity_value(old, sealer).items))
        session.commit()
    return len(rows), rows[-1][0] if rows else after
