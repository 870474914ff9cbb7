"""The forms of a case: the preview of a hand-over, and what a command needs to know beside its button. Pure.

The preview says item by item what the receiver will be told and what not, on which basis. Refuses to know wording.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bot.caseviews_parts import Data, decision, facts_now, household, issues_of, proposal_now
from bot.views import Input, Option, View
from routing.candidates import candidates
from routing.people import Actor
from routing.referrals import DeclineReason, Purpose, Way, way_of
from routing.sharing import Offer
from routing.use_referral import Preview
from routing.watching import RANKS
from routing.work import CaseNow, Rules
from routing.worktime import add_days, local

SEND_BACK_REASONS = ("ordinary", "one_window", "has_meeting", "more_facts", "consent_first", "other")
CLOSE_REASONS = ("roles_agreed", "eased", "moved", "died", "wish", "other")
STUCK_REASONS = ("law", "organisation", "relation", "other")
REOPEN_REASONS = ("came_back", "new_need", "mistake", "other")
CONSENT_STATES = ("yes", "no", "unknown", "withdrawn")
CONSENT_PURPOSES = ("refer", "meeting")
RECORD_WAYS = (Way.PHONE, Way.SHEET, Way.MAIL, Way.TOGETHER)
BARE = frozenset({"withdraw", "progress", "escalate", "call_off", "followed_up"})  # a word may go along, none is needed
_PROMISE_DAYS = 10
_ON_ESCALATION = frozenset({"send_back", "ask_info", "inform", "assign"})
_CARRYING = ("window", "partner", "fallback", "project_team")  # others are found by the desk that carries the case
_MOST_DESKS = 95  # a list of Slack holds 100; another desk is named by typing it


def refer_view(
    now: CaseNow,
    preview: Preview,
    actor: Actor,  # noqa: ARG001 - every builder is given the same
    rules: Rules,
    at: datetime,
    values: Mapping[str, str],
) -> View:
    """つなぐ: whom, for what, how, on which basis, and what they will be told. `values`: what was chosen so far.

    `data["told"]` and `data["untold"]` are item ids; their content stands beside them for the person who sends.
    """
    offer = _offer(preview.offers, values.get("basis", ""))
    items = _items(offer, values.get("items", ""))
    taking = now.standing.taking
    every = [item for item in rules.follow_up.items if item in items]
    data: Data = {
        **_content(now, rules),
        "agency": preview.agency,
        "candidates": list(preview.agencies),
        "taking": taking.agency if taking else "",
        "basis": offer.basis if offer else "",
        "needs_reason": bool(offer and offer.needs_reason),
        "offers": [_offer_data(o, rules) for o in preview.offers],
        "told": every,
        "untold": [item for item in rules.follow_up.items if item not in items],
        "reachable": list(offer.items) if offer else [],
        "consent": now.standing.consent.state,
        "shares": _grounds(now, rules, at),
    }
    back = Option("case:show", now.case.number, "act:to_case")
    if not preview.agency or offer is None:
        return View("refer", data, options=(back,))
    submit = Option("case:refer", now.case.number, "act:refer", "primary")
    return View(
        "refer", data, inputs=_refer_inputs(now, preview, offer, items, rules, values), submit=submit, options=(back,)
    )


def _offer(offers: Sequence[Offer], chosen: str) -> Offer | None:
    """The chosen basis, else the first that needs no reason of its own."""
    named = next((o for o in offers if o.basis == chosen), None)
    return named or next((o for o in offers if not o.needs_reason), offers[0] if offers else None)


def _items(offer: Offer | None, chosen: str) -> tuple[str, ...]:
    if offer is None:
        return ()
    wanted = chosen.split()
    return tuple(item for item in offer.items if not wanted or item in wanted)


def _offer_data(offer: Offer, rules: Rules) -> Data:
    basis = rules.follow_up.bases[offer.basis]
    rule = basis.rule or ("share.consent" if basis.consent else "")
    return {"basis": offer.basis, "rule": rule, "items": list(offer.items), "needs_reason": offer.needs_reason}


def _grounds(now: CaseNow, rules: Rules, at: datetime) -> list[Data]:
    """The share rules that hold today, with the codes their sentences speak of."""
    return [
        {"rule": r.rule, "about": {name: list(codes) for name, codes in r.about.items()}}
        for r in proposal_now(now, rules, at).shares
    ]


def _content(now: CaseNow, rules: Rules) -> Data:
    """What the items stand for in this case, for the eyes of the desk that sends it."""
    case = now.case
    hidden = {item.id for section in rules.catalogue.form.sections for item in section.items if item.identity}
    filled = [key for key, value in case.sheet.items() if value and key.partition("@")[0] not in hidden]
    return {
        "number": case.number,
        "members": household(case),
        "issues": issues_of(case),
        **decision(case),
        "situation": case.masked_text,
        "sheet": len(filled),
    }


def _refer_inputs(
    now: CaseNow, preview: Preview, offer: Offer, items: tuple[str, ...], rules: Rules, values: Mapping[str, str]
) -> tuple[Input, ...]:
    agencies = dict.fromkeys((preview.agency, *preview.agencies))
    purposes = [p for p in Purpose if not (p is Purpose.TAKE and now.standing.taking)]
    purpose = values.get("purpose", "")
    record = rules.catalogue.agencies.get(preview.agency)
    way = way_of(record.reach if record else "")
    inputs = [
        Input("agency", "choice", "ask:agency", tuple(f"agency:{a}" for a in agencies), preview.agency),
        Input(
            "purpose", "choice", "ask:purpose", tuple(f"purpose:{p.value}" for p in purposes),
            purpose if purpose in purposes else purposes[0].value,
        ),
        Input("ways", "multi", "ask:ways", tuple(f"way:{w.value}" for w in Way), values.get("ways", "") or way.value),
        Input("basis", "choice", "ask:basis", tuple(f"basis:{o.basis}" for o in preview.offers), offer.basis),
        Input("items", "multi", "ask:items", tuple(f"item:{i}" for i in offer.items), " ".join(items)),
    ]  # fmt: skip
    if any(o.needs_reason for o in preview.offers):
        inputs.append(Input("reason", "text", "ask:share_reason", value=values.get("reason", "")))
    return tuple(inputs)


def form_view(
    kind: str,
    now: CaseNow,
    number_or_turn: str,
    actor: Actor,  # noqa: ARG001 - every builder is given the same
    rules: Rules,
    at: datetime,
    values: Mapping[str, str],
    missing: str = "",
) -> View:
    """The form of a command. `number_or_turn`: of the referral or of the escalation's turn, empty for the case itself.

    `missing` names what was left out the last time; what was given then stays in its fields.
    """
    escalation = now.standing.escalation
    part = number_or_turn
    if kind in _ON_ESCALATION and not part and escalation is not None:
        part = str(escalation.turn)
    referral = next(
        (r for r in now.standing.referrals if kind in ("decline", "record") and str(r.number) == part), None
    )
    data: Data = {
        "kind": kind,
        "number": now.case.number,
        "n": part,
        "missing": missing,
        "agency": referral.agency if referral else "",
        "consent": now.standing.consent.state,
        "shared": [s.recipient for s in now.standing.shares if s.basis == "consent" and not s.stopped],
        "asked": escalation.note if escalation and kind == "inform" else "",
        "said": "",
    }
    value = f"{now.case.number}/{part}" if part else now.case.number
    inputs = tuple(
        Input(i.id, i.kind, i.label, i.choices, values.get(i.id, "") or i.value)
        for i in _inputs(kind, now, rules, at, values.get("agency", ""))
    )
    submit = Option(f"case:{kind}", value, f"act:{kind}" if kind in BARE else f"act:{kind}_do", "primary")
    return View(
        "case_form", data, inputs=inputs, submit=submit, options=(Option("case:show", now.case.number, "act:to_case"),)
    )


def _inputs(kind: str, now: CaseNow, rules: Rules, at: datetime, chosen: str = "") -> tuple[Input, ...]:
    text = Input("text", "text", f"ask:{kind}_text")
    match kind:
        case "decline":
            return (Input("reason", "choice", "ask:decline", _codes("decline", DeclineReason)), text)
        case "record":
            return (
                Input("kind", "choice", "ask:record", _codes("answer", ("accepted", "declined", "seen"))),
                Input("person", "text", "ask:person"),
                Input("way", "choice", "ask:way", _codes("answer_way", RECORD_WAYS)),
                Input("reason", "choice", "ask:decline_if", _codes("decline", DeclineReason)),
                text,
            )
        case "send_back":
            promise = add_days(at, _PROMISE_DAYS, rules.hours).date().isoformat()
            return (
                Input("reasons", "multi", "ask:send_back", _codes("send_back", SEND_BACK_REASONS)),
                Input("promise", "date", "ask:promise", value=promise),
                text,
            )
        case "assign":
            return (
                Input("agency", "choice", "ask:assign", tuple(f"agency:{a}" for a in _desks(now, rules, at, chosen))),
                Input("rank", "choice", "ask:rank", _codes("rank", RANKS)),
                text,
            )
        case "consent":
            return (
                Input("state", "choice", "ask:consent", _codes("consent_state", CONSENT_STATES)),
                Input("how", "choice", "ask:how", _codes("consent_how", ("written", "oral"))),
                Input("purpose", "choice", "ask:consent_purpose", _codes("consent_purpose", CONSENT_PURPOSES)),
                Input("recipient", "choice", "ask:recipient", tuple(f"agency:{a}" for a in _involved(now, rules))),
            )
        case "stuck":
            return (Input("reason", "choice", "ask:stuck", _codes("stuck", STUCK_REASONS)), text)
        case "later":
            return (Input("days", "number", "ask:later", value="5"),)
        case "close":
            return (Input("why", "choice", "ask:close", _codes("close_why", CLOSE_REASONS)),)
        case "reopen":
            return (Input("why", "choice", "ask:reopen", _codes("reopen_why", REOPEN_REASONS)),)
        case _:
            return (text,)


def _codes(kind: str, values: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{kind}:{value}" for value in values)


def _desks(now: CaseNow, rules: Rules, at: datetime, chosen: str) -> tuple[str, ...]:
    """Desks in force that may be named as 主担当: who was chosen, the best for the case, then all that carry cases."""
    on, agencies, standing = local(at).date(), rules.catalogue.agencies, now.standing
    best = candidates(proposal_now(now, rules, at), facts_now(now), standing, rules.catalogue, on)
    rest = (a.id for a in agencies.values() if a.role in _CARRYING)
    out = {standing.owner, *(r.agency for r in standing.referrals if r.is_open)}
    names = (n for n in dict.fromkeys((chosen, *best, *rest)) if n in agencies and n not in out)
    return tuple(name for name in names if agencies[name].in_force(on))[:_MOST_DESKS]


def _involved(now: CaseNow, rules: Rules) -> tuple[str, ...]:
    """Agencies that a consent may be limited to: those proposed, asked or holding the case."""
    standing = now.standing
    names = (standing.owner, *now.case.confirmation.targets, *(r.agency for r in standing.referrals))
    return tuple(name for name in dict.fromkeys(names) if name in rules.catalogue.agencies)
