"""The intake sheet: which fields a section has now, and what the reading already says of them.

Pure. Knows how findings become ◎ and ○, ages and relations per member. Refuses to know wording beyond the form's own data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from bot.corrections import reading_now
from bot.dialogue import Dialogue, World
from bot.views import Input
from knowledge.catalogue import FormItem, FormSection, IntakeForm
from knowledge.reading.model import AgencyState, ConsentState, Member, Reading

_CONSENT = {ConsentState.YES: "あり（口頭）", ConsentState.NO: "なし", ConsentState.UNKNOWN: "未確認"}


def fields_of(section: FormSection, reading: Reading) -> list[tuple[str, FormItem, Member | None]]:
    """(input id, item, member) for a section; a member section asks each item once per member of the household."""
    if section.scope == "household":
        return [(item.id, item, None) for item in section.items]
    members = [member for member in reading.members if not member.outside] or [Member("本人", "本人")]
    return [(f"{item.id}@{member.key}", item, member) for member in members for item in section.items]


def inputs_of(dialogue: Dialogue, section: FormSection, world: World) -> tuple[Input, ...]:
    """The form of a section, prefilled; identity fields are never prefilled from what a chat can show."""
    reading = reading_now(dialogue)
    filled = prefilled(dialogue, world)
    return tuple(
        Input(
            id=key,
            kind=item.type,
            label=f"form:{key}",
            choices=item.choices,
            value="" if item.identity else dialogue.items.get(key, filled.get(key, "")),
            report=item.report,
            secret=item.identity,
        )
        for key, item, _ in fields_of(section, reading)
    )


def prefilled(dialogue: Dialogue, world: World) -> Mapping[str, str]:
    """Input id → what the text and the answers already say. Values of choice items are among the item's choices."""
    reading = reading_now(dialogue)
    values = _values(dialogue, reading, world)
    found: dict[str, str] = {}
    for section in world.catalogue.form.sections:
        for key, item, member in fields_of(section, reading):
            value = _member_value(item, member) if member else values.get(item.prefill, "")
            if value and _allowed(item, value):
                found[key] = value
    return found


def _allowed(item: FormItem, value: str) -> bool:
    return not item.choices or bool(parts_of(value, item.choices))


def parts_of(value: str, choices: Sequence[str]) -> tuple[str, ...]:
    """The choices that 「、」 joins in `value` (some hold a 「、」 themselves); empty when it holds anything else."""
    found: list[str] = []
    rest = value
    while rest:
        fitting = [choice for choice in choices if rest == choice or rest.startswith(choice + "、")]
        if not fitting:
            return ()
        found.append(max(fitting, key=len))
        rest = rest[len(found[-1]) + 1 :]
    return tuple(found)


def _values(dialogue: Dialogue, reading: Reading, world: World) -> dict[str, str]:
    main, others = main_and_other_issues(reading, world.catalogue.form)
    kinds = world.catalogue.agency_kinds
    working = [kinds[a.kind].label for a in reading.agencies if a.state is AgencyState.WORKING and a.kind in kinds]
    answers = {move.target: move.value for move in dialogue.moves if move.kind == "answer"}
    consent = _CONSENT[reading.consent.state]
    if answers.get("q.consent") in ("yes", "no"):
        consent = _CONSENT[ConsentState(answers["q.consent"])]
    return {
        "received_on": dialogue.received_on.isoformat() if dialogue.received_on else "",
        "consent": consent,
        "issues_main": main,
        "issues_other": "、".join(others),
        "raw_summary": reading.text,
        "agencies_involved": "、".join(dict.fromkeys(working)),
        "urgency": "緊急" if reading.urgency.urgent else "",
    }


def _member_value(item: FormItem, member: Member) -> str:
    if item.prefill == "member_age":
        return str(member.age) if member.age is not None else member.age_text
    if item.prefill == "member_relation":
        return member.relation
    return ""


def main_and_other_issues(reading: Reading, form: IntakeForm) -> tuple[str, tuple[str, ...]]:
    """◎ is the item that most findings fall under, danger first in the text; ○ all the others."""
    items = [form.issue_items[finding.code] for finding in reading.findings if finding.code in form.issue_items]
    counts = Counter(items)
    ranked = sorted(counts, key=lambda item: (item != "DV・虐待", -counts[item], items.index(item)))
    return (ranked[0] if ranked else ""), tuple(ranked[1:])


def progress(dialogue: Dialogue, world: World) -> tuple[tuple[str, int, int], ...]:
    """(section id, items with an answer, items) for every section; prefilled counts as answered."""
    reading = reading_now(dialogue)
    filled = {**prefilled(dialogue, world), **dialogue.items}
    out = []
    for section in world.catalogue.form.sections:
        keys = [key for key, item, _ in fields_of(section, reading) if not item.identity]
        out.append((section.id, sum(bool(filled.get(key)) for key in keys), len(keys)))
    return tuple(out)
