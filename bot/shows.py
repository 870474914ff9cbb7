"""A dialogue and the name of a view → the neutral `View`. Pure; codes and choices only, no sentences.

Refuses to know surfaces and wording.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.corrections import finding_id, reading_now
from bot.dialogue import Dialogue, Phase, Show, World
from bot.intake import inputs_of, progress
from bot.steps import answers_of, current_question, proposal_now
from bot.views import Input, Mark, Option, Row, View
from knowledge.reading.model import HOUSEHOLD, Finding, Reading, Span
from routing.policy import ROUTES
from routing.proposal import Proposal, Reason
from routing.questions import CONFIRM_ISSUE

_BACK = Option("back", "", "ui:back")
_PAUSE = Option("pause", "", "ui:pause")


def build(dialogue: Dialogue, show: Show, world: World) -> View:
    """The view a `Show` effect asks for."""
    builder = {
        "reading": _reading,
        "question": _question,
        "proposal": _proposal,
        "override": _override,
        "confirmed": _confirmed,
        "section": _section,
        "sheet": _section,
        "done": _done,
    }.get(show.view)
    data: dict[str, object] = {
        "note": show.note,
        "phase": dialogue.phase.value,
        "case_number": dialogue.case_number,
        **show.data,
    }
    if dialogue.dropped and show.view == "reading":
        data["dropped"] = list(dialogue.dropped)
    if builder is None or (dialogue.reading is None and show.view != "start"):
        return View(show.view, data, options=(Option("restart", "", "ui:restart"),) if show.view != "start" else ())
    return builder(dialogue, data, world)


def _reading(dialogue: Dialogue, data: dict[str, object], _: World) -> View:
    reading = reading_now(dialogue)
    findings = tuple(_finding_row(f, reading, ("deny", "drop")) for f in reading.findings)
    asides = tuple(_finding_row(f, reading, ("hold",)) for f in reading.set_aside)
    maybes = tuple(
        Row(
            f"maybe:{m.code}",
            (f"issue:{m.code}",),
            "maybe",
            m.span.of(reading.text) if m.span else "",
            (Option("add", m.code, "ui:maybe_yes"),),
        )
        for m in reading.maybe
    )
    data |= {
        "members": [
            _member(m.key, m.relation, m.age_from, m.age_to, m.count, m.outside)
            for m in reading.members
            if not any(pair <= {other.relation for other in reading.members} for pair in _BOTH.get(m.relation, ()))
        ],
        "consent": reading.consent.state.value,
        "consent_detail": reading.consent.detail,
        "consent_quote": _quote(reading.consent.span, reading),
        "urgent": reading.urgency.urgent,
        "urgent_reasons": [
            {"reason": reason, "quote": _quote(span, reading)} for reason, span in reading.urgency.reasons
        ],
        "deadline": _quote(reading.urgency.deadline, reading),
        "signals": sorted({s.code for s in reading.signals if "." not in s.code and s.score >= 1.0}),
        "agencies": sorted({f"{a.kind}:{a.state.value}" for a in reading.agencies if a.kind}),
        "areas": sorted({p.area for p in reading.places if p.area}),
        "identity": sorted({mark.kind.value for mark in reading.identity}),
        "holders": [*(m.key for m in reading.members if not m.outside), HOUSEHOLD],
    }
    marks = tuple(
        Mark(f.span.start, f.span.end, f"issue:{f.code}", f.polarity.value)
        for f in (*reading.findings, *reading.set_aside)
        if f.span.end > f.span.start
    )
    add = (Input("code", "issue", "ui:add_issue"), Input("holder", "holder", "ui:whose"))
    return View(
        "reading", data, reading.text, marks, findings, maybes, asides, add, Option("add", "", "ui:add"),
        (Option("accept", "", "ui:accept", "primary"), _BACK, _PAUSE),
    )  # fmt: skip


# A couple whose two are listed themselves is not listed once more.
_BOTH = {
    "夫婦": (frozenset({"夫", "妻"}),),
    "両親": (frozenset({"父", "母"}),),
    "母子": (frozenset({"母", "子"}), frozenset({"母", "息子"}), frozenset({"母", "娘"})),
    "父子": (frozenset({"父", "子"}), frozenset({"父", "息子"}), frozenset({"父", "娘"})),
}


def _quote(span: Span | None, reading: Reading) -> str:
    """The words of a span, without half a pair of quotation marks at either end."""
    words = span.of(reading.text).strip(" 、。") if span is not None else ""
    opened, closed = words.find("「"), words.find("」")
    if closed >= 0 and not 0 <= opened < closed:
        words = words[:closed]
    return words.removeprefix("「") if "」" not in words else words


def _finding_row(finding: Finding, reading: Reading, actions: tuple[str, ...]) -> Row:
    name = finding_id(finding)
    options = [Option(action, name, f"ui:{action}") for action in actions]
    if "deny" in actions:
        others = [m.key for m in reading.members if not m.outside and m.key != finding.holder]
        if finding.holder != HOUSEHOLD:
            others.append(HOUSEHOLD)
        options += [Option("give", f"{name}>{who}", f"member:{who}") for who in others]
    quote = finding.span.of(reading.text) if finding.span.end > finding.span.start else ""
    return Row(
        name,
        (f"issue:{finding.code}", f"member:{finding.holder}", f"found:{finding.found_by.value}"),
        finding.polarity.value,
        quote,
        tuple(options),
    )


def _member(key: str, relation: str, low: int | None, high: int | None, count: int, outside: bool) -> dict[str, object]:
    return {"key": key, "relation": relation, "from": low, "to": high, "count": count, "outside": outside}


def _question(dialogue: Dialogue, data: dict[str, object], world: World) -> View:
    ask = current_question(dialogue, world)
    question = dialogue.question
    effects: Mapping[str, tuple[str, ...]] = dict(ask.effects) if ask and ask.id == question else {}
    options = tuple(
        Option("answer", f"{question}={value}", f"choice:{question}={value}", "plain", effects.get(value, ()))
        for value in answers_of(question, world)
    )
    asked = [move.target for move in dialogue.moves if move.kind == "answer"]
    data |= {"question": question, "number": len(asked) + 1, "most": world.policy.most_questions}
    if question.startswith(CONFIRM_ISSUE):
        code = question.removeprefix(CONFIRM_ISSUE)
        maybe = next((m for m in reading_now(dialogue).maybe if m.code == code), None)
        data["issue"] = code
        data["quote"] = maybe.span.of(reading_now(dialogue).text) if maybe and maybe.span else ""
    return View("question", data, options=(*options, Option("enough", "", "ui:enough"), _BACK, _PAUSE))


def proposal_data(proposal: Proposal) -> dict[str, object]:
    """A proposal as codes for the templates."""
    meeting = proposal.meeting
    return {
        "route": proposal.route,
        "urgent": proposal.urgent,
        "consent": proposal.consent,
        "fallback": proposal.fallback,
        "weight": proposal.weight,
        "fields": list(proposal.fields),
        "duties": [
            {"duty": d.duty, "rule": d.reason.rule, "holders": list(d.holders), "receivers": list(d.receivers)}
            for d in proposal.duties
        ],
        "meeting": None
        if meeting is None
        else {
            "kind": meeting.kind,
            "body": meeting.body,
            "next_on": meeting.next_on.isoformat() if meeting.next_on else "",
            "agenda_by": meeting.agenda_by.isoformat() if meeting.agenda_by else "",
            "instead": list(meeting.instead),
        },
        "targets": [
            {
                "agency": t.agency,
                "field": t.field,
                "issues": list(t.issues),
                "area": t.area,
                "working": t.already_working,
                "wanted": t.wanted,
                "coordinator": t.coordinator,
            }
            for t in proposal.targets
        ],
        "reasons": _reasons(proposal.reasons),
        "why_not": [{"route": w.route, **_reasons((w.reason,))[0]} for w in proposal.why_not],
        "cautions": _reasons(proposal.cautions),
        "supports": _reasons(proposal.supports),
        "shares": _reasons(proposal.shares),
        "resources": list(proposal.resources),
        "missing": list(proposal.missing),
        "policy": proposal.policy,
        "on": proposal.on.isoformat(),
    }


def _reasons(reasons: tuple[Reason, ...]) -> list[dict[str, object]]:
    return [{"rule": r.rule, "about": {name: list(codes) for name, codes in r.about.items()}} for r in reasons]


def _proposal(dialogue: Dialogue, data: dict[str, object], world: World) -> View:
    data |= proposal_data(proposal_now(dialogue, world))
    options = (Option("confirm", "", "ui:confirm", "primary"), Option("override", "", "ui:override"), _BACK, _PAUSE)
    return View("proposal", data, options=options)


def _override(dialogue: Dialogue, data: dict[str, object], world: World) -> View:
    proposed = proposal_now(dialogue, world).route
    data |= {"proposed": proposed}
    inputs = (
        Input("route", "choice", "ui:which_route", tuple(f"route:{r}" for r in ROUTES), str(data.get("route", ""))),
        Input("reason", "text", "ui:why_override"),
    )
    return View(
        "override",
        data,
        inputs=inputs,
        submit=Option("overridden", "", "ui:save_override", "primary"),
        options=(_BACK, _PAUSE),
    )


def _confirmed(dialogue: Dialogue, data: dict[str, object], world: World) -> View:
    data["progress"] = [list(part) for part in progress(dialogue, world)]
    options = (Option("section", "0", "ui:to_sheet", "primary"), Option("finish", "", "ui:later"))
    return View("confirmed", data, options=options)


def _section(dialogue: Dialogue, data: dict[str, object], world: World) -> View:
    sections = world.catalogue.form.sections
    section = sections[min(dialogue.section, len(sections) - 1)]
    data |= {
        "section": section.id,
        "number": dialogue.section + 1,
        "of": len(sections),
        "progress": [list(p) for p in progress(dialogue, world)],
    }
    others = tuple(Option("section", str(i), f"section:{s.id}") for i, s in enumerate(sections) if s.id != section.id)
    inputs = inputs_of(dialogue, section, world)
    submit = Option("save", str(dialogue.section), "ui:save_section", "primary")
    return View("section", data, inputs=inputs, submit=submit, options=(*others, Option("finish", "", "ui:later")))


def _done(dialogue: Dialogue, data: dict[str, object], world: World) -> View:
    data["progress"] = [list(part) for part in progress(dialogue, world)]
    sections = tuple(Option("section", str(i), f"section:{s.id}") for i, s in enumerate(world.catalogue.form.sections))
    first = (Option("restart", "", "ui:new_talk", "primary"),) if dialogue.phase is Phase.DONE else ()
    return View("done", data, options=(*first, *sections))


__all__ = ["build", "proposal_data"]
