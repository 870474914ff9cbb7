"""The case store: the only place that knows sqlmodel, SQLAlchemy, Alembic and cryptography.

Knows the values and ports of routing; refuses to know decisions, dialogues and surfaces.
"""

from routing.store.archive import Manifest
from routing.store.backup import write_backup
from routing.store.columns import NaiveDatetime
from routing.store.engine import Patience
from routing.store.migrations import current, upgrade
from routing.store.opening import SqlStore, open_store
from routing.store.restore import check_backup, key_of, restore
from routing.store.secrets import keep_key, load_or_create_key, new_key
from routing.store.unit import SqlUnitOfWork
from routing.store.vitals import Vitals

__all__ = [
    "Manifest",
    "NaiveDatetime",
    "Patience",
    "SqlStore",
    "SqlUnitOfWork",
    "Vitals",
    "check_backup",
    "current",
    "keep_key",
    "key_of",
    "load_or_create_key",
    "new_key",
    "open_store",
    "restore",
    "upgrade",
    "write_backup",
]
