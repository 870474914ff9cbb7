"""つなぐシート: what the receiving desk reads, as plain data from a stored case. Pure.

Everything comes from the documents that were stored on the day, so the sheet says what was decided even after the pack
changed. Knows what must not be printed (who reported abuse, who the household is). Refuses to know wording and HTML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.casefile import READING
from bot.shows import proposal_data
from bot.views import Mark
from knowledge.catalogue import Catalogue, FormItem, IntakeForm
from knowledge.reading.model import HOUSEHOLD, Finding, Member, Reading
from routing.cases import Case
from routing.documents import FACTS, PROPOSAL
from routing.facts import Facts
from routing.ports import Identity
from routing.proposal import Proposal

# Abuse and violence: whoever told of it must not be found from the sheet.
_REPORTED = frozenset({"child_abuse", "elder_abuse", "disability_abuse", "dv"})
_TELLING_ITEMS = frozenset({"visitor_relation", "route", "information_source", "how_learned"})


@dataclass(frozen=True, slots=True)
class IssueLine:
    """One issue as it was read or corrected. `quote` is masked."""

    code: str
    polarity: str
    quote: str
    found_by: str


@dataclass(frozen=True, slots=True)
class Person:
    """A member with the issues that are theirs; `key` 世帯 stands for the household as a whole.

    `age` in years, or as the text has it (80代).
    """

    key: str
    relation: str
    age: str
    age_from: int | None
    age_to: int | None
    count: int
    outside: bool
    issues: tuple[IssueLine, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answered item of the intake sheet; `who` is the member it is about, if any."""

    label: str
    who: str
    value: str
    report: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the intake sheet: what was answered, and the labels of what was not."""

    label: str
    answers: tuple[Answer, ...]
    empty: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole sheet as codes, dates and masked words. `plan`: the proposal as the chat's templates know it."""

    case: Case
    desk: str
    text: str
    marks: tuple[Mark, ...]
    people: tuple[Person, ...]
    asides: tuple[tuple[str, IssueLine], ...]
    consent: str
    answered: tuple[tuple[str, str], ...]
    plan: Mapping[str, object]
    meeting_decided: str
    targets_decided: tuple[str, ...]
    sections: tuple[Section, ...]
    reporter_hidden: bool
    pack_changed: bool


def sheet_of(case: Case, catalogue: Catalogue) -> Sheet:
    """The sheet of a case; `catalogue` gives today's form and tells whether the pack changed since."""
    reading = READING.validate_json(case.reading)
    proposal = PROPOSAL.validate_json(case.proposal)
    facts = FACTS.validate_json(case.facts)
    hidden = _was_reported(reading, proposal)
    return Sheet(
        case=case,
        desk=case.sheet.get("received_by", ""),
        text=case.masked_text,
        marks=_marks(reading),
        people=_people(reading),
        asides=tuple((f.holder, _issue(f, reading)) for f in reading.set_aside),
        consent=proposal.consent,
        answered=_answered(facts),
        plan=proposal_data(proposal),
        meeting_decided=case.confirmation.meeting or "",
        targets_decided=case.confirmation.targets,
        sections=_sections(case, reading, catalogue.form, hidden),
        reporter_hidden=hidden,
        pack_changed=case.pack_digest != catalogue.digest,
    )


def _was_reported(reading: Reading, proposal: Proposal) -> bool:
    return bool(proposal.duties) or any(f.code in _REPORTED for f in (*reading.findings, *reading.set_aside))


def _marks(reading: Reading) -> tuple[Mark, ...]:
    return tuple(
        Mark(f.span.start, f.span.end, f"issue:{f.code}", f.polarity.value)
        for f in (*reading.findings, *reading.set_aside)
        if f.span.end > f.span.start
    )


def _issue(finding: Finding, reading: Reading) -> IssueLine:
    return IssueLine(finding.code, finding.polarity.value, finding.span.of(reading.text), finding.found_by.value)


def _people(reading: Reading) -> tuple[Person, ...]:
    """Every member in the order of the text, then the household when something is its own."""
    known = [_person(member, reading) for member in reading.members]
    keys = {member.key for member in reading.members}
    others = dict.fromkeys(f.holder for f in reading.findings if f.holder not in keys)
    known += [_person(Member(key, "" if key == HOUSEHOLD else key), reading) for key in others]
    return tuple(known)


def _person(member: Member, reading: Reading) -> Person:
    age = str(member.age) if member.age is not None else member.age_text
    issues = tuple(_issue(f, reading) for f in reading.findings if f.holder == member.key)
    return Person(
        member.key, member.relation, age, member.age_from, member.age_to, member.count, member.outside, issues
    )


def _answered(facts: Facts) -> tuple[tuple[str, str], ...]:
    """(fact, value) of everything a person answered at the counter."""
    return tuple((name, fact.value) for name, fact in facts.known.items() if fact.origin.value == "answer")


def _sections(case: Case, reading: Reading, form: IntakeForm, hidden: bool) -> tuple[Section, ...]:
    return tuple(
        _section(s.label, [item for item in s.items if _printable(item, hidden)], case.sheet, reading, s.scope)
        for s in form.sections
    )


def _printable(item: FormItem, hidden: bool) -> bool:
    return not item.identity and not (hidden and item.id in _TELLING_ITEMS)


def _section(
    label: str, items: Sequence[FormItem], answers: Mapping[str, str], reading: Reading, scope: str
) -> Section:
    who = [""] if scope == "household" else [m.key for m in reading.members if not m.outside] or ["本人"]
    given: list[Answer] = []
    empty: list[str] = []
    for key in who:
        for item in items:
            value = answers.get(f"{item.id}@{key}" if key else item.id, "")
            if value:
                given.append(Answer(item.label, key, value, item.report))
            elif item.label not in empty:
                empty.append(item.label)
    return Section(label, tuple(given), tuple(empty))


def identity_lines(identity: Identity, form: IntakeForm) -> tuple[tuple[str, str, str], ...]:
    """(label reference, member, words) of who the household is, in the order they were written."""
    lines = []
    for key, value in identity.items.items():
        name, _, who = key.partition("@")
        lines.append((f"form:{name}" if form.item(name) else f"identity:{name}", who, value))
    return tuple(lines)
