"""判断材料: what the rules may ask about a case, each value with where it came from. Unknown is never No.

A closed vocabulary: a fact that is not in `FACTS` cannot be used by a policy. Built from a reading, then changed by the
clerk's answers. Refuses to know rules, names and addresses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

YES, NO, UNKNOWN, NONE = "yes", "no", "unknown", "none"


class Origin(StrEnum):
    """Where a value came from. `lean`: a trained model thinks so but not surely; a person should be asked."""

    TEXT = "text"
    MODEL = "model"
    LEAN = "lean"
    ANSWER = "answer"
    PACK = "pack"


class FactKind(StrEnum):
    """`set`: several codes. `choice`: one of the listed values or unknown."""

    SET = "set"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class FactType:
    """What values a fact can take; sets list none because their codes are those of the pack.

    `asked`: neither a text nor a pack tells it, only the answer to a question.
    """

    kind: FactKind
    values: tuple[str, ...] = ()
    asked: bool = False


def _yes_no() -> FactType:
    return FactType(FactKind.CHOICE, (YES, NO))


_AGE_BANDS = ("minor", "adult", "aged", "several")  # under 18, 18 to 64, 65 and over, people of different bands
_STAGES = ("none", "trial", "preparation", "full")

FACTS: Mapping[str, FactType] = {
    "issues": FactType(FactKind.SET),
    "fields": FactType(FactKind.SET),
    "coordination": FactType(FactKind.CHOICE, ("ordinary", "one_field", "cross_field")),
    "weight": FactType(FactKind.CHOICE),
    "consent": FactType(FactKind.CHOICE, (YES, NO)),
    "urgent": _yes_no(),
    "urgent_for": FactType(FactKind.CHOICE, ("danger", "livelihood")),
    "stuck": _yes_no(),
    "unowned": _yes_no(),
    "bounced": _yes_no(),
    "roles_unclear": _yes_no(),
    "avoids_help": _yes_no(),
    "several_working": _yes_no(),
    "one_errand": _yes_no(),
    "minor": _yes_no(),
    "aged": _yes_no(),
    "life_danger": _yes_no(),
    "abuser": FactType(FactKind.CHOICE, ("caregiver", "facility", "employer", "other"), asked=True),
    "child_victim": FactType(FactKind.CHOICE, _AGE_BANDS),
    "elder_victim": FactType(FactKind.CHOICE, _AGE_BANDS),
    "disability_victim": FactType(FactKind.CHOICE, _AGE_BANDS),
    "area": FactType(FactKind.CHOICE),
    "multi_agency_stage": FactType(FactKind.CHOICE, _STAGES),
    "outreach_stage": FactType(FactKind.CHOICE, _STAGES),
    "participation_stage": FactType(FactKind.CHOICE, _STAGES),
    "route": FactType(FactKind.CHOICE, ("single_window", "existing_meeting", "multi_agency")),
    "entrusted": FactType(FactKind.CHOICE, ("no", "part", "whole")),
    "welfare_office": _yes_no(),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One value: a code, or several for a set; empty = unknown. `holders`: code → whose (sets of issues only)."""

    values: frozenset[str] = frozenset()
    origin: Origin = Origin.TEXT
    possible: frozenset[str] = frozenset()

    @property
    def value(self) -> str:
        """The single value of a choice, `unknown` when there is none."""
        return next(iter(self.values)) if len(self.values) == 1 else UNKNOWN


@dataclass(frozen=True, slots=True)
class MemberFact:
    """A member as the decision sees one: relation and age band, never a name."""

    key: str
    relation: str
    age_from: int | None = None
    age_to: int | None = None
    issues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the decision may look at. `possible` codes of a set are those that a person has yet to confirm.

    `working`, `refused`: kinds of agencies; `wanted`: agencies whose own words for what they do stand in the text."""

    known: Mapping[str, Fact] = field(default_factory=dict)
    members: tuple[MemberFact, ...] = ()
    household_issues: tuple[str, ...] = ()
    working: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()

    def get(self, name: str) -> Fact:
        """The fact, empty when unknown. Raises KeyError for a name that is not in the vocabulary."""
        FACTS[name]
        return self.known.get(name, Fact())

    def value(self, name: str) -> str:
        """The value of a choice, `unknown` when there is none."""
        return self.get(name).value

    def set_of(self, name: str) -> frozenset[str]:
        """The codes of a set."""
        return self.get(name).values

    def with_choice(self, name: str, value: str, origin: Origin = Origin.ANSWER) -> Facts:
        """The same facts with one choice answered; `unknown` takes it away."""
        kind = FACTS[name]
        if kind.values and value not in (*kind.values, UNKNOWN):
            raise ValueError(f"{name}: {value} is not one of {kind.values}")
        fact = Fact(frozenset() if value == UNKNOWN else frozenset({value}), origin)
        return replace(self, known={**self.known, name: fact})

    def answered(self, name: str, value: str) -> Facts:
        """The same facts with a question about `name` answered; to a question about issues a code means "this holds"."""
        if FACTS[name].kind is not FactKind.SET:
            return self.with_choice(name, value)
        return self if value in (NONE, UNKNOWN) else self.with_issue(value, True)

    def with_issue(self, code: str, holds: bool) -> Facts:
        """The same facts with one possible issue confirmed or ruled out."""
        old = self.get("issues")
        values = old.values | {code} if holds else old.values - {code}
        fact = replace(old, values=values, possible=old.possible - {code})
        household = self.household_issues
        if holds and code not in household:
            household = (*household, code)
        if not holds:
            household = tuple(c for c in household if c != code)
        members = (
            self.members
            if holds
            else tuple(replace(m, issues=tuple(c for c in m.issues if c != code)) for m in self.members)
        )
        return replace(self, known={**self.known, "issues": fact}, household_issues=household, members=members)


def plain_facts(raw: Mapping[str, object], origin: Origin = Origin.ANSWER) -> Facts:
    """Facts written down by hand (examples of rules, rows of tests, lines of a file): name → value, or codes of a set.

    `dv?` among the codes is one that a person has yet to confirm. Raises ValueError for what the vocabulary does not know.
    """
    known: dict[str, Fact] = {}
    for name, value in raw.items():
        kind = FACTS.get(name)
        if kind is None:
            raise ValueError(f"「{name}」は知らない判断材料です（使える値: {'; '.join(FACTS)}）")
        if kind.kind is FactKind.SET and isinstance(value, list | tuple):
            codes = [str(code) for code in value]
            sure = frozenset(code for code in codes if not code.endswith("?"))
            known[name] = Fact(sure, origin, frozenset(code[:-1] for code in codes if code.endswith("?")))
        elif kind.kind is FactKind.CHOICE and isinstance(value, str):
            if kind.values and value not in (*kind.values, UNKNOWN):
                raise ValueError(f"「{name}」に {value} は使えません（使える値: {'; '.join(kind.values)}）")
            known[name] = Fact(frozenset() if value == UNKNOWN else frozenset({value}), origin)
        else:
            raise ValueError(f'「{name}」の書き方が違います（集まりは ["…"]、そのほかは "…"）')
    issues = known.get("issues", Fact()).values
    return Facts(known=known, household_issues=tuple(sorted(issues)))
