"""The first schema: turns, dialogues, cases with events, numbers and identities, the outbox, the key's token."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _talk()
    _cases()
    _outbox()
    op.create_table("store_key", _text("name"), _text("token"), sa.PrimaryKeyConstraint("name", name="pk_store_key"))


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was taken before the upgrade")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, autoincrement=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _serial() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), nullable=False, autoincrement=True)


def _talk() -> None:
    op.create_table(
        "turn",
        _serial(),
        *map(_text, ("conversation", "message", "surface", "actor")),
        _time("received_at"),
        *map(_text, ("kind", "masked", "raw")),
        _time("done_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_turn"),
        sa.UniqueConstraint("conversation", "message", name="uq_turn_conversation_message"),
    )
    open_turns = sa.text("done_at IS NULL")
    op.create_index(
        "ix_turn_waiting", "turn", ["conversation", "id"], sqlite_where=open_turns, postgresql_where=open_turns
    )
    op.create_table(
        "dialogue",
        *map(_text, ("conversation", "owner")),
        _number("form"),
        *map(_text, ("value", "secret")),
        _number("version"),
        _time("updated_at"),
        _text("resume_hash"),
        sa.PrimaryKeyConstraint("conversation", name="pk_dialogue"),
    )
    op.create_index("ix_dialogue_owner_updated_at", "dialogue", ["owner", "updated_at"])
    op.create_index("ix_dialogue_resume_hash", "dialogue", ["resume_hash"])


def _cases() -> None:
    op.create_table(
        "case_file",
        *map(_text, ("id", "number", "pack", "pack_digest", "policy_digest")),
        sa.Column("decided_on", sa.Date(), nullable=False),
        _time("opened_at"),
        *map(_text, ("opened_by", "masked_text", "reading", "facts", "proposal", "confirmation", "form_version")),
        *map(_text, ("sheet", "status")),
        _number("version"),
        sa.PrimaryKeyConstraint("id", name="pk_case_file"),
        sa.UniqueConstraint("number", name="uq_case_file_number"),
    )
    op.create_index("ix_case_file_opened_by_opened_at", "case_file", ["opened_by", "opened_at"])
    op.create_index("ix_case_file_opened_at", "case_file", ["opened_at"])
    op.create_table(
        "case_event",
        _text("case_id"),
        _number("seq"),
        _text("kind"),
        _time("at"),
        *map(_text, ("actor", "data")),
        sa.PrimaryKeyConstraint("case_id", "seq", name="pk_case_event"),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name="fk_case_event_case_id"),
    )
    op.create_table(
        "case_counter",
        _text("prefix"),
        _number("year"),
        _number("last"),
        sa.PrimaryKeyConstraint("prefix", "year", name="pk_case_counter"),
    )
    op.create_table(
        "identity",
        *map(_text, ("case_id", "sealed")),
        sa.PrimaryKeyConstraint("case_id", name="pk_identity"),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name="fk_identity_case_id", deferrable=True, initially="DEFERRED"
        ),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        *map(_text, ("key", "kind", "surface", "recipient", "payload")),
        _time("created_at"),
        _time("not_before"),
        _number("attempts"),
        _text("state"),
        _time("leased_until", nullable=True),
        _text("receipt"),
        sa.PrimaryKeyConstraint("key", name="pk_outbox"),
    )
    op.create_index("ix_outbox_state_not_before", "outbox", ["state", "not_before"])
    op.create_table(
        "outbox_attempt",
        _serial(),
        _text("key"),
        _number("number"),
        _time("at"),
        *map(_text, ("outcome", "why")),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_attempt"),
        sa.ForeignKeyConstraint(["key"], ["outbox.key"], name="fk_outbox_attempt_key"),
    )
    op.create_index("ix_outbox_attempt_key", "outbox_attempt", ["key"])
