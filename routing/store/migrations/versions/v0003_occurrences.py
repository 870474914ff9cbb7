"""The outbox becomes the table of occurrences; how people are reached, the web's inbox, the pace of addresses, signs of life.

Messages from before are kept: without a case, without a chain, and (where final) without the moment they became so.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OUTBOX: tuple[tuple[str, sa.types.TypeEngine[Any], str], ...] = (
    ("about", sa.Text(), "''"),
    ("chain", sa.Text(), "'[]'"),
    ("step", sa.Integer(), "0"),
    ("address", sa.Text(), "''"),
    ("tries", sa.Integer(), "0"),
    ("doubt", sa.Boolean(), "false"),
    ("claimed_by", sa.Text(), "''"),
)
_ATTEMPT: tuple[tuple[str, sa.types.TypeEngine[Any], str], ...] = (
    ("by", sa.Text(), "''"),
    ("target", sa.Text(), "''"),
)


def upgrade() -> None:
    """Widen the outbox, then add the tables. A message that somebody was sending becomes one nobody knows about."""
    _widen("outbox", _OUTBOX)
    _widen("outbox_attempt", _ATTEMPT)
    op.add_column("outbox", _time("final_at", nullable=True))
    op.execute("UPDATE outbox SET state = 'sending', doubt = true WHERE state = 'waiting' AND leased_until IS NOT NULL")
    op.create_index("ix_outbox_about", "outbox", ["about"])
    lanes = ["state", "surface", "address", "not_before"]
    op.create_index(f"ix_outbox_{'_'.join(lanes)}", "outbox", lanes)
    op.create_table(
        "outbox_line",
        *map(_text, ("key", "part_of", "about", "kind", "recipient")),
        sa.Column("told_on", sa.Date(), nullable=False),
        _key("outbox_line", "key"),
        sa.ForeignKeyConstraint(["part_of"], ["outbox.key"], name="fk_outbox_line_part_of"),
    )
    op.create_index("ix_outbox_line_about", "outbox_line", ["about"])
    op.create_index("ix_outbox_line_told_on", "outbox_line", ["told_on"])
    op.create_table(
        "lane",
        *map(_text, ("surface", "address")),
        *map(_time, ("free_at", "turn_at")),
        _key("lane", "surface", "address"),
    )
    op.create_table(
        "contact",
        *map(_text, ("recipient", "surface", "address", "state")),
        sa.Column("rank", sa.Integer(), nullable=False),
        _text("why"),
        _time("changed_at"),
        _key("contact", "recipient", "surface", "address"),
    )
    op.create_table(
        "inbox",
        *map(_text, ("key", "recipient", "kind", "payload")),
        _time("put_at"),
        _time("read_at", nullable=True),
        _text("read_by"),
        _key("inbox", "key", "recipient"),
    )
    op.create_index("ix_inbox_recipient_put_at", "inbox", ["recipient", "put_at"])
    op.create_table("beat", _text("name"), _time("at"), _key("beat", "name"))


def downgrade() -> None:
    """Not offered."""
    raise NotImplementedError("restore the backup that was taken before the upgrade")


def _widen(table: str, columns: tuple[tuple[str, sa.types.TypeEngine[Any], str], ...]) -> None:
    """Add columns that rows from before fill with a default, which later rows must not fall back to."""
    with op.batch_alter_table(table) as batch:
        for name, kind, default in columns:
            batch.add_column(sa.Column(name, kind, nullable=False, server_default=sa.text(default)))
    with op.batch_alter_table(table) as batch:
        for name, kind, _ in columns:
            batch.alter_column(name, existing_type=kind, existing_nullable=False, server_default=None)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")
