"""Lists and cards beside a case: the board, the card of an outgoing message, the notice of a returning household. Pure.

What a list or a card shows is what a channel may see: numbers, age bands, issues, desks and dates. Refuses to know wording.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.caseviews_parts import Data, clock, decided, moment
from bot.caseviews_rights import assign_options, case_options, referral_options, rights_of
from bot.views import Option, Row, View
from knowledge.catalogue import Catalogue
from routing.alerts import ESCALATION
from routing.escalation import OPEN as ESCALATION_OPEN
from routing.escalation import EscalationState
from routing.people import Actor, acts_for, in_team, may_see
from routing.ports import BoardRow
from routing.reports import Silence
from routing.work import CaseNow, Rules

WHICH = ("mine", "desk", "team")
_WAITING_FOR_TEAM = (EscalationState.ALERTED.value, EscalationState.ACKNOWLEDGED.value)


def team_name(catalogue: Catalogue) -> str:
    """What the town calls its project team."""
    team = catalogue.agencies.get(catalogue.pack.project_team)
    return team.name if team else "プロジェクトチーム"


def board_view(
    rows: Sequence[BoardRow],
    actor: Actor,
    rules: Rules,
    at: datetime,
    which: str,
    silent: Sequence[Silence],
    only: str = "",
) -> View:
    """A list of cases: what waits for the actor first, then what is late, bounced, waiting, and the rest.

    `only` (`waiting`, `late`, `bounced`, `up`) leaves the others out. Rows: one per case.
    """
    lines = [_line(row, actor, rules, at) for row in rows]
    shown = sorted((line for line in lines if not only or line[only]), key=_urgency)
    may = [
        w
        for w in WHICH
        if w == "mine" or (w == "desk" and actor.agency) or (w == "team" and in_team(actor, rules.catalogue))
    ]
    data: Data = {
        "which": which,
        "may": may,
        "only": only,
        "agency": actor.agency,
        "cases": shown,
        "counts": {
            name: sum(bool(line[name]) for line in lines) for name in ("yours", "late", "bounced", "up", "waiting")
        },
        "all": len(rows),
        "after": rows[-1].cursor if rows else "",
        "silent": [
            {"desk": s.desk, "raised": s.raised, "expected": s.expected, "last": moment(s.last_at)} for s in silent
        ],
        "weeks": rules.follow_up.data.silent_desk.weeks,
    }
    tabs = tuple(Option("case:board", w, f"which:{w}") for w in may if w != which)
    return View("board", data, rows=tuple(_board_row(line) for line in shown), options=tabs)


def _line(row: BoardRow, actor: Actor, rules: Rules, at: datetime) -> Data:
    team = in_team(actor, rules.catalogue)
    asked = any(acts_for(actor, agency, rules.catalogue) for agency in row.waiting_for)
    owned = acts_for(actor, row.owner, rules.catalogue)
    yours = asked or (team and row.escalation in _WAITING_FOR_TEAM)
    yours = yours or (owned and row.escalation == EscalationState.ASKED.value)
    timer = clock(row.answer_by, at, rules) if row.waiting_for else None
    return {
        "number": row.number,
        "status": row.status,
        "owner": row.owner,
        "route": row.route,
        "urgent": row.urgent,
        "issues": list(row.issues),
        "waiting_for": list(row.waiting_for),
        "clock": timer,
        "escalation": row.escalation,
        "bounces": row.bounces,
        "bounced": row.bounces > 0,
        "yours": yours,
        "waiting": bool(row.waiting_for) or row.escalation in ESCALATION_OPEN,
        "late": bool(timer and timer["late"]),
        "up": row.escalation in ESCALATION_OPEN,
        "opened": moment(row.opened_at),
        "last": moment(row.last_at),
    }


def _urgency(line: Data) -> tuple[bool, ...]:
    names = ("yours", "late", "urgent", "bounced", "up", "waiting")
    return tuple(not line[name] for name in names)


def _board_row(line: Data) -> Row:
    parts = [f"text:{line['number']}"]
    parts += [f"ui:{name}" for name in ("yours", "urgent") if line[name]]
    parts.append(
        f"case_status:{line['status']}"
        if line["status"] != "open"
        else f"fill:owner|agency:{line['owner']}"
        if line["owner"]
        else "ui:no_owner"
    )
    waiting, timer = line["waiting_for"], line["clock"]
    assert isinstance(waiting, list)
    parts += [f"fill:waiting|agency:{agency}" for agency in waiting]
    if isinstance(timer, dict):
        parts.append(f"clock:{timer['by']} {timer['left']} {int(timer['late'])} {timer['kind']} {timer['day']}")
    if line["escalation"]:
        parts.append(f"fill:team|escalation_state:{line['escalation']}")
    if line["bounces"]:
        parts.append(f"fill:bounced|text:{line['bounces']}")
    number = str(line["number"])
    return Row(f"case:{number}", tuple(parts), options=(Option("case:show", number, "act:show"),))


def alert_view(
    payload: Mapping[str, object], kind: str, rules: Rules, now: CaseNow | None, actor: Actor | None = None
) -> View:
    """The card of an outgoing message, for a channel: never a name, never free text.

    With `now`, a card whose button or request is out of date says how things stand and offers nothing that would be refused;
    with `actor` as well, only what that person may do.
    """
    escalation = kind == ESCALATION
    number = str(payload["case"])
    present = _present(payload, escalation, now)
    due = str(payload.get("answer_by", ""))
    data: Data = {
        **payload,
        "kind": kind,
        "members": [{"key": m[0], "relation": m[0], "band": m[1]} for m in _list(payload["members"])],
        "why": decided(now.case)["reasons"] if now is not None else payload["why"],
        "due": moment(datetime.fromisoformat(due)) if due else "",
        "stale": present.stale,
        "state": present.state,
        "owner_now": now.standing.owner if now is not None else payload["owner"],
        "closed": now is not None and now.standing.status.value == "closed",
    }
    event = str(payload["event"])
    options = () if present.stale else _alert_options(event, escalation, f"{number}/{present.part}", present.state)
    if (
        now is not None
        and escalation
        and event in _TO_TEAM
        and now.standing.escalations[-1].number == payload["number"]
    ):
        options = (*options, *assign_options(now))
    if now is not None and actor is not None:
        legal = {(o.action, o.value) for o in _legal(now, actor, rules)}
        options = tuple(o for o in options if (o.action, o.value) in legal)
    return View("alert", data, options=(*options, Option("case:show", number, "act:show")))


def _list(value: object) -> list[list[str]]:
    assert isinstance(value, list)
    return value


@dataclass(frozen=True, slots=True)
class _Present:
    """What became of the escalation or request of a message. `part`: the turn or number that its buttons must carry now."""

    stale: bool
    state: str
    part: object


def _present(payload: Mapping[str, object], escalation: bool, now: CaseNow | None) -> _Present:
    """A message of an escalation that is still open stays alive: its buttons carry the turn of now."""
    event = str(payload["event"])
    if escalation:
        if now is None:
            return _Present(False, _STATE_AFTER.get(event, ""), payload["turn"])
        found = next((e for e in now.standing.escalations if e.number == payload["number"]), None)
        if found is None:
            return _Present(True, "", 0)
        over = not found.is_open or (event == "asked" and found.state is not EscalationState.ASKED)
        if event == "assigned":
            over = found.turn != payload["turn"]
        return _Present(over, found.state.value, found.turn)
    if now is None:
        return _Present(False, "", payload["number"])
    referral = next((r for r in now.standing.referrals if r.number == payload["number"]), None)
    over = referral is None or (event == "referred" and not referral.is_open)
    return _Present(over, referral.state.value if referral else "", payload["number"])


_TO_TEAM = ("escalated", "rose", "informed")
_STATE_AFTER = {"escalated": "alerted", "rose": "alerted", "informed": "acknowledged", "asked": "asked"}


def _alert_options(event: str, escalation: bool, value: str, state: str) -> tuple[Option, ...]:
    """The buttons of a message: for the team, for the referrer who was asked, or for the agency that is asked."""
    if escalation and event in _TO_TEAM:
        first = [Option("case:ack", value, "act:ack", "primary")] if state == "alerted" else []
        rest = [Option(f"case:{name}", value, f"act:{name}") for name in ("take_up", "send_back", "ask_info")]
        return (*first, *rest)
    if escalation and event == "asked":
        return (Option("case:inform", value, "act:inform", "primary"),)
    if not escalation and event == "referred":
        seen = () if state == "seen" else (Option("case:see", value, "act:see"),)
        answers = (Option("case:accept", value, "act:accept", "primary"), Option("case:decline", value, "act:decline"))
        return (*answers, *seen)
    return ()


def _legal(now: CaseNow, actor: Actor, rules: Rules) -> list[Option]:
    rights = rights_of(now, actor, rules.catalogue, rules.follow_up)
    found = list(case_options(now, rights))
    for referral in now.standing.referrals:
        found += referral_options(now, referral, actor, rights, rules.catalogue)
    return found


def former_view(found: Sequence[CaseNow], actor: Actor, rules: Rules) -> View:
    """The notice that a household was here before: when, who held it, and the number only for those who may open it.

    To be shown to those who hold the new case, never to a desk that was only asked.
    """
    cases = [
        {
            "number": now.case.number if may_see(actor, now.standing, now.case.opened_by, rules.catalogue) else "",
            "opened_on": now.case.on.isoformat(),
            "status": now.standing.status.value,
            "owner": now.standing.owner if actor.agency else "",  # to staff who act for a desk, not to just anybody
        }
        for now in found
    ]
    options = tuple(Option("case:show", str(c["number"]), "act:show_former") for c in cases if c["number"])
    return View("former", {"cases": cases}, options=options)


__all__ = ["alert_view", "board_view", "former_view", "team_name"]
