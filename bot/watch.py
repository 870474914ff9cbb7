"""What time alone does to cases: requests that run out, escalations that rise. One small transaction per case.

Knows how to go through what is due and to leave a case alone that somebody is changing just now. Refuses to know the rules.
"""

from __future__ import annotations

import logging
from datetime import datetime

from routing.errors import StaleWrite, UnknownCase
from routing.ports import Store
from routing.use_case import sweep
from routing.work import Rules

AT_ONCE = 500
_LOG = logging.getLogger("tsunagu.watch")


def watch_cases(store: Store, rules: Rules, now: datetime) -> int:
    """Do what is due by `now`; returns how many cases were looked at. What fails is looked at again next time."""
    with store.unit(reading=True) as unit:
        due = list(unit.board.due(now, AT_ONCE, rules.catalogue.pack.id))
    for case_id in due:
        try:
            with store.unit() as unit:
                sweep(unit, rules, case_id, now)
                unit.commit()
        except (
            StaleWrite,
            UnknownCase,
        ) as error:  # somebody acts on it at this moment: the next tick sees what came of it
            _LOG.info("case left for the next tick", extra={"case": case_id, "kind": error.code})
    return len(due)
