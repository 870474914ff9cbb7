"""An outgoing message → the neutral view that its recipient sees, whatever the surface. Pure.

Knows the kinds: alerts about a case, single reminders, the digest of a day, and words from the auditor. Refuses to know
surfaces and wording; never a name, never free text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from bot.caseviews import alert_view
from bot.views import Option, Row, View
from bot.world import Town
from routing.alerts import ESCALATION, REFERRAL
from routing.digest import DIGEST
from routing.people import Actor
from routing.work import CaseNow

Payload = Mapping[str, object]
_SHOW = "case:show"


def notice_view(payload: Payload, kind: str, town: Town, now: CaseNow | None, actor: Actor | None = None) -> View:
    """The view of a message. With `now` (and `actor`) an alert says how its case stands and offers only what is legal now."""
    if kind in (ESCALATION, REFERRAL):
        return alert_view(payload, kind, town.rules, now, actor)
    if kind == DIGEST:
        lines = payload["lines"]
        assert isinstance(lines, list)
        rows = tuple(_row(line, number, town) for number, line in enumerate(lines, start=1))
        return View("digest", {"day": payload["day"], "count": len(rows), "more": payload["more"]}, rows=rows)
    if "kind" in payload and "since" in payload and "day" in payload:
        return View("digest", {"day": payload["day"], "count": 1, "more": 0}, rows=(_row(payload, 1, town),))
    return View("notice", {"kind": kind, **payload})


def number_of(payload: Payload) -> str:
    """The case that a message is about; empty for a digest and for what is about no case."""
    return str(payload.get("case", ""))


def _row(line: Payload, number: int, town: Town) -> Row:
    """One reminder with its four buttons: 進んでいる, 止まっている, あとで, もう不要."""
    case, kind = str(line["case"]), str(line["kind"])
    label = next((row.label for row in town.reminders.data.kind if row.id == kind), kind)
    parts = (f"text:{case}" if case else "ui:knowledge_entry", f"text:{label}", f"since:{_day(str(line['since']))}")
    if not case:
        return Row(f"case:{number}", parts)
    options = (
        Option(_SHOW, case, "act:show"),
        Option("case:progress", case, "act:progress", "primary"),
        Option("case:stuck", case, "act:stuck"),
        Option("case:later", f"{case}/{kind}", "act:later"),
        Option("case:never", f"{case}/{kind}", "act:never"),
    )
    return Row(f"case:{number}", parts, options=options)


def _day(text: str) -> str:
    return (datetime.fromisoformat(text).date() if "T" in text else date.fromisoformat(text)).isoformat()
