"""The case store: the only place that knows sqlmodel, SQLAlchemy, Alembic and cryptography.

Knows the values and ports of routing; refuses to know decisions, dialogues and surfaces.
"""

from routing.store.columns import NaiveDatetime
from routing.store.engine import Patience
from routing.store.migrations import current, upgrade
from routing.store.opening import SqlStore, open_store
from routing.store.secrets import load_or_create_key, new_key
from routing.store.unit import SqlUnitOfWork

__all__ = [
    "NaiveDatetime",
    "Patience",
    "SqlStore",
    "SqlUnitOfWork",
    "current",
    "load_or_create_key",
    "new_key",
    "open_store",
    "upgrade",
]
