"""A town over each database."""

from __future__ import annotations

import pytest

from routing.store import SqlStore
from tests.routing.handover.town import Town


@pytest.fixture
def town(store: SqlStore) -> Town:
    return Town(store)
