"""Alembic's entry. Runs on the connection it is given, inside its transaction; knows no URL."""

from __future__ import annotations

from alembic import context

from routing.store.tables import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    render_as_batch=True,  # SQLite changes a table by rebuilding it
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
