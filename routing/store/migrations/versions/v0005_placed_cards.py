"""Where the card of a case stands on a chat, so that what happens later changes it instead of adding another (ADR 11)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KEY = ("surface", "address", "case_id", "kind", "subject")


def upgrade() -> None:
    """Add the table. Cards from before stay as they are: the next message about their case makes a card that is kept."""
    op.create_table(
        "placed_card",
        *(sa.Column(name, sa.Text(), nullable=False) for name in (*_KEY, "place", "key")),
        sa.Column("shown", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(*_KEY, name="pk_placed_card"),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name="fk_placed_card_case_id"),
    )
    op.create_index("ix_placed_card_case_id", "placed_card", ["case_id"])


def downgrade() -> None:
    """Not offered."""
    raise NotImplementedError("restore the backup that was taken before the upgrade")
