"""The packs and policies that decisions were made with, so that a stored case can be decided again (ADR 5)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; cases from before it have no kept versions."""
    op.create_table(
        "kept_version",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "digest", "body")),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "digest", name="pk_kept_version"),
    )


def downgrade() -> None:
    """Not offered."""
    raise NotImplementedError("restore the backup that was taken before the upgrade")
