"""What a text was understood to say, as plain values. Every span lies in the original text.

Refuses to know how anything was found and what follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

HOUSEHOLD = "世帯"


class Polarity(StrEnum):
    """Whether a mention holds for this household now."""

    PRESENT = "present"
    SUSPECTED = "suspected"
    DENIED = "denied"
    PAST = "past"
    RESOLVED = "resolved"
    OTHER = "other"

    @property
    def holds(self) -> bool:
        """Present, or suspected with grounds."""
        return self in (Polarity.PRESENT, Polarity.SUSPECTED)


class FoundBy(StrEnum):
    """Which reader found a mention."""

    PHRASE = "phrase"
    LEMMA = "lemma"
    SLOT = "slot"
    NEAR = "near"
    MODEL = "model"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Span:
    """`start` ≤ `end`, positions in the original text."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The words themselves."""
        return text[self.start : self.end]

    def overlaps(self, other: Span) -> bool:
        """Whether the two share a character."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Finding:
    """所見: an issue code, the words that show it, whose it is and whether it holds.

    `holder` is a member's key or 世帯. `entry` is the expression (or model) that found it; `cue` the words that set
    it aside. `score` is 0…1 in steps of 1/1000; rules score 1.
    """

    code: str
    span: Span
    holder: str
    polarity: Polarity
    found_by: FoundBy
    entry: str = ""
    score: float = 1.0
    cue: Span | None = None
    also: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Maybe:
    """「もしかして」: a code offered for one-tap confirmation."""

    code: str
    score: float
    span: Span | None = None
    holder: str = HOUSEHOLD


@dataclass(frozen=True, slots=True)
class Member:
    """世帯員. `key` is unique in the reading; `age` in whole years when known, else `age_from`–`age_to`.

    `outside`: somebody of another household. `count` > 1: known only as a number of people.
    """

    key: str
    relation: str
    span: Span | None = None
    age: int | None = None
    age_from: int | None = None
    age_to: int | None = None
    age_text: str = ""
    count: int = 1
    outside: bool = False

    @property
    def minor(self) -> bool | None:
        """Under 18; None when the text does not tell."""
        if self.age_to is not None and self.age_to < 18:
            return True
        if self.age_from is not None and self.age_from >= 18:
            return False
        return None

    @property
    def aged(self) -> bool | None:
        """65 or older; None when the text does not tell."""
        if self.age_from is not None and self.age_from >= 65:
            return True
        if self.age_to is not None and self.age_to < 65:
            return False
        return None


class ConsentState(StrEnum):
    """同意 as GUIDE's three values; the detail says which of the product's states it is."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ConsentReading:
    """What the text says of consent to sharing or joint support."""

    state: ConsentState
    detail: str = ""
    span: Span | None = None
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Urgency:
    """`reasons` are ids (food, shelter, lifeline, violence, suicide, abuse, life) with the words that say so."""

    urgent: bool
    reasons: tuple[tuple[str, Span | None], ...] = ()
    deadline: Span | None = None


class IdentityKind(StrEnum):
    """What kind of personal detail a stretch of text is."""

    NAME = "name"
    PHONE = "phone"
    ADDRESS = "address"
    BIRTH_DATE = "birth_date"
    MY_NUMBER = "my_number"
    EMAIL = "email"
    ACCOUNT = "account"
    PLATE = "plate"


@dataclass(frozen=True, slots=True)
class IdentityMark:
    """Words that tell who somebody is. They are kept out of what is posted, logged or replayed."""

    kind: IdentityKind
    span: Span


@dataclass(frozen=True, slots=True)
class Place:
    """A 圏域 or 自治会 that the text names; `neighborhood` is empty when only the area is named."""

    area: str
    neighborhood: str
    span: Span


class AgencyState(StrEnum):
    """What a named agency does in this case, as far as the text tells."""

    NAMED = "named"
    WORKING = "working"
    REFUSED = "refused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class AgencyMention:
    """An agency (or a kind of agency) that the text names. `kind` is a code of agency_kinds.csv."""

    kind: str
    span: Span
    state: AgencyState = AgencyState.NAMED
    agency: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the text asks for in an agency's own words (`needs` of the directory)."""

    agency: str
    span: Span


@dataclass(frozen=True, slots=True)
class Signal:
    """A sign that decides the route (stuck, unowned, several_working, …; ids of signals.csv)."""

    code: str
    span: Span
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Leanings:
    """What the trained models think of the whole text; every number 0…1 in steps of 1/1000.

    `coordination`: ordinary / one_field / cross_field. `weight`: field code → weight of the case. `codes`, `heads`: what
    these came from, kept so that they can be weighed again once a person has put the issues right (reader.py).
    """

    coordination: Mapping[str, float] = field(default_factory=dict)
    weight: Mapping[str, float] = field(default_factory=dict)
    fields: Mapping[str, float] = field(default_factory=dict)
    urgent: float | None = None
    codes: Mapping[str, float] = field(default_factory=dict)
    heads: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """読み取り: everything one message says, nothing of what should be done."""

    text: str
    findings: tuple[Finding, ...] = ()
    set_aside: tuple[Finding, ...] = ()
    maybe: tuple[Maybe, ...] = ()
    members: tuple[Member, ...] = ()
    places: tuple[Place, ...] = ()
    agencies: tuple[AgencyMention, ...] = ()
    consent: ConsentReading = ConsentReading(ConsentState.UNKNOWN)
    urgency: Urgency = Urgency(False)
    identity: tuple[IdentityMark, ...] = ()
    signals: tuple[Signal, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    leanings: Leanings = Leanings()

    def member(self, key: str) -> Member | None:
        """The member with that key."""
        return next((member for member in self.members if member.key == key), None)
