"""What follows a proposal: the board and its shelves, notes, households' marks, one-time links, who acts for whom.

Cases from before get their row on the board. No desk held them: their owner is empty until one takes them, and they lie on the
shelf of the desk without a name. Their households' marks are made when the keys are next rotated: a migration has no key.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BATCH = 500


def upgrade() -> None:
    """Add the tables, then the rows of the cases that are there."""
    board, shelf = _board()
    _rest()
    connection = op.get_bind()
    old, event = _old_case(), _old_event()
    after = ""
    while True:
        last = sa.select(sa.func.max(event.c.at)).where(event.c.case_id == old.c.id).scalar_subquery()
        found = sa.select(old, last.label("last_at")).where(old.c.id > after).order_by(old.c.id).limit(_BATCH)
        rows = [row._asdict() for row in connection.execute(found)]
        if not rows:
            return
        connection.execute(sa.insert(board), [_card(row) for row in rows])
        connection.execute(sa.insert(shelf), [place for row in rows for place in _places(row)])
        after = rows[-1]["id"]


def downgrade() -> None:
    """Not offered."""
    raise NotImplementedError("restore the backup that was taken before the upgrade")


def _card(row: dict[str, Any]) -> dict[str, Any]:
    """The row of a case that nobody held and nothing happened to since it was confirmed."""
    known = _json(row["facts"]).get("known", {})
    return {
        **{name: row[name] for name in ("number", "pack", "status", "opened_by", "opened_at")},
        "case_id": row["id"],
        "owner": "",
        "first_desk": "",
        "last_at": row["last_at"] or row["opened_at"],
        "route": _json(row["confirmation"]).get("route", ""),
        "urgent": known.get("urgent", {}).get("values") == ["yes"],
        "issues": " ".join(sorted(known.get("issues", {}).get("values", ()))),
        "waiting_for": "",
        "escalation": "",
        "bounces": 0,
        "parts": "[]",
    }


def _places(row: dict[str, Any]) -> list[dict[str, Any]]:
    same = {"case_id": row["id"], "pack": row["pack"], "status": row["status"]}
    same["last_at"] = row["last_at"] or row["opened_at"]
    return [{**same, "shelf": shelf} for shelf in ("agency:", f"person:{row['opened_by']}")]


def _json(text: str) -> dict[str, Any]:
    """A document of a case; empty for one that no version of this program wrote."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _old_case() -> sa.TableClause:
    words = ("id", "number", "pack", "status", "opened_by", "facts", "confirmation")
    return sa.table("case_file", *(sa.column(name, sa.Text()) for name in words), sa.column("opened_at", _MOMENT))


def _old_event() -> sa.TableClause:
    return sa.table("case_event", sa.column("case_id", sa.Text()), sa.column("at", _MOMENT))


def _board() -> tuple[sa.Table, sa.Table]:
    board = op.create_table(
        "board",
        *map(_text, ("case_id", "number", "pack", "status", "owner", "first_desk", "opened_by")),
        _time("opened_at"),
        _time("last_at"),
        _text("route"),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        *map(_text, ("issues", "waiting_for")),
        _time("answer_by", nullable=True),
        _text("escalation"),
        _number("bounces"),
        _text("parts"),
        _time("due_at", nullable=True),
        sa.PrimaryKeyConstraint("case_id", name="pk_board"),
        _of_case("board"),
    )
    waits = sa.text("due_at IS NOT NULL")
    op.create_index("ix_board_due_at", "board", ["due_at"], sqlite_where=waits, postgresql_where=waits)
    for columns in (["pack", "opened_at", "first_desk"], ["pack", "status", "owner"]):
        op.create_index(f"ix_board_{'_'.join(columns)}", "board", columns)
    shelf = op.create_table(
        "board_shelf",
        *map(_text, ("case_id", "shelf", "pack", "status")),
        _time("last_at"),
        sa.PrimaryKeyConstraint("case_id", "shelf", name="pk_board_shelf"),
        _of_case("board_shelf"),
    )
    listed = ["pack", "shelf", "status", "last_at", "case_id"]
    op.create_index(f"ix_board_shelf_{'_'.join(listed)}", "board_shelf", listed)
    return board, shelf


def _rest() -> None:
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=True),
        *map(_text, ("case_id", "key", "sealed")),
        sa.PrimaryKeyConstraint("id", name="pk_note"),
        sa.UniqueConstraint("case_id", "key", name="uq_note_case_id_key"),
        _of_case("note"),
    )
    op.create_table(
        "household",
        *map(_text, ("hash", "case_id")),
        sa.PrimaryKeyConstraint("hash", "case_id", name="pk_household"),
        _of_case("household"),
    )
    op.create_index("ix_household_case_id", "household", ["case_id"])
    op.create_table(
        "link",
        *map(_text, ("token_hash", "code_hash", "case_id")),
        _number("referral"),
        _time("made_at"),
        _text("made_by"),
        _time("expires_at"),
        *map(_number, ("most_wrong", "wrong")),
        _time("used_at", nullable=True),
        _time("opened_at", nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name="pk_link"),
        _of_case("link"),
    )
    op.create_table(
        "acting",
        *map(_text, ("person", "agency", "role")),
        _time("since"),
        sa.PrimaryKeyConstraint("person", name="pk_acting"),
    )
    op.create_index("ix_acting_agency", "acting", ["agency"])


_MOMENT = sa.DateTime(timezone=True)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, autoincrement=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, _MOMENT, nullable=nullable)


def _of_case(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=f"fk_{table}_case_id")
