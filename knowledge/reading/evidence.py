"""What rules and models each say of one message, side by side as numbers for the blend.

Knows which of their statements are comparable. Refuses to know how much each is worth (blend.py) and any threshold.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from knowledge.reading.members import GROWN_UP
from knowledge.reading.model import Finding, FoundBy, Member, Polarity, Signal
from knowledge.reading.models.codes import CODES, DANGER, DECISIONS, FIELDS
from knowledge.reading.models.models import SHOWN, ModelScores
from knowledge.reading.signals import CONSENT_SIGNALS, LIVES_ON, ROUTE_SIGNALS, URGENT_SIGNALS

_EDGE = 1e-3
_AGREED = "consent.yes"
_ELDER, _CHILD = "elder_abuse", "child_abuse"
ABUSE_FIELDS = {"child_abuse": "こども", "elder_abuse": "高齢", "disability_abuse": "障がい"}
_YOUNG = frozenset(
    {"父", "母", "夫", "妻", "子", "息子", "娘", "長男", "長女", "次男", "次女", "兄", "姉", "弟", "妹", "きょうだい"}
)
_SMALL = 12
_DISABLED = ("disability_certified", "disability_suspected", "developmental", "mental_health")
_PAIRS = (frozenset({"父", "母"}), frozenset({"夫", "妻"}))
_TOGETHER = frozenset({"夫婦", "両親"})
EXPLOITED = frozenset({"elder_abuse", "disability_abuse"})
_CHILDRENS = frozenset({"school_refusal", "young_carer", "delinquency", "childcare"})
BORN = frozenset({"子", "孫", "母子", "父子"})
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Rules' findings, signs and members (tidy positions), and the models' scores with the polarity that the
    words around each model's span give it; `children`: whether the text speaks of any, by whatever word; `sure`: codes
    whose words stand there and need no second opinion."""

    findings: tuple[Finding, ...]
    signals: tuple[Signal, ...]
    members: tuple[Member, ...]
    scores: ModelScores
    scoped: Mapping[str, Polarity]
    children: bool = True
    sure: frozenset[str] = frozenset()

    def candidates(self) -> list[str]:
        """The codes that anybody speaks for or against."""
        said = {finding.code for finding in self.findings}
        return sorted(said | {code for code in self.scores.spans if self.scores.codes[code] >= SHOWN})


@dataclass(frozen=True, slots=True)
class CodeFields:
    """The fields that a code of the catalogue touches: the first carries the weight."""

    first: str
    rest: tuple[str, ...]
    more: tuple[str, ...]


def of_fitting_age(e: Evidence) -> Evidence:
    """Abuse of nobody who is there is the abuse of whoever is: with a child and nobody who could be old, what sounds like
    高齢者虐待 is 児童虐待 (児童虐待防止法2条: 18歳未満; 高齢者虐待防止法2条: 65歳以上). A small child's parents, brothers and
    sisters of whom no age is told are not old."""
    inside = [member for member in e.members if not member.outside]
    small = any(member.age_to is not None and member.age_to <= _SMALL for member in inside)
    old = any(
        member.aged is not False
        and member.minor is not True
        and not (small and member.aged is None and member.relation in _YOUNG)
        for member in inside
    )
    if old or not any(member.minor for member in inside):
        return e
    s = e.scores
    return replace(
        e,
        findings=tuple(replace(f, code=_CHILD) if f.code == _ELDER else f for f in e.findings),
        scores=replace(
            s,
            codes=_as_child(s.codes, max),
            asserted=_as_child(s.asserted, max),
            mentioned=_as_child(s.mentioned, max),
            spans=_as_child(s.spans, lambda own, _: own),
        ),
        scoped=_as_child(e.scoped, lambda own, _: own),
        sure=frozenset(_CHILD if code == _ELDER else code for code in e.sure),
    )


def _as_child(table: Mapping[str, T], both: Callable[[T, T], T]) -> dict[str, T]:
    if _ELDER not in table:
        return dict(table)
    rest = {code: value for code, value in table.items() if code != _ELDER}
    elder = table[_ELDER]
    return {**rest, _CHILD: both(table[_CHILD], elder) if _CHILD in table else elder}


def logit(p: float) -> float:
    """Log odds, cut at 1/1000."""
    p = min(max(p, _EDGE), 1 - _EDGE)
    return math.log(p / (1 - p))


def code_rows(e: Evidence, codes: Sequence[str]) -> list[list[float]]:
    """What speaks for and against some codes."""
    hits: dict[str, list[Finding]] = {}
    for finding in e.findings:
        hits.setdefault(finding.code, []).append(finding)
    return [_code_row(e, code, hits.get(code, ())) for code in codes]


def _code_row(e: Evidence, code: str, hits: Sequence[Finding]) -> list[float]:
    m = logit(e.scores.codes.get(code, 0.5))  # a code of a local pack: its hits alone decide
    true, seen = logit(e.scores.asserted.get(code, 0.5)), logit(e.scores.mentioned.get(code, 0.5))
    danger, absent = float(code in DANGER), float(code in e.scoped and not e.scoped[code].holds)
    lives_on = float(code in EXPLOITED and any(signal.code == LIVES_ON for signal in e.signals))
    victim = [*_victim_row(e, code), *_people_row(e, code), lives_on]
    if not hits:
        return [m, true, seen, *_UNSAID, absent, danger, *_UNHEARD, *victim]
    holds = [f for f in hits if f.polarity.holds]
    firm = float(any(f.score >= 1.0 for f in holds))
    weak = float(any(f.score < 1.0 and f.found_by is not FoundBy.NEAR for f in holds)) * (1 - firm)
    near = float(any(f.found_by is FoundBy.NEAR for f in holds)) * (1 - firm)
    slot = float(any(f.found_by is FoundBy.SLOT for f in holds))
    aside = [float(any(f.polarity is p for f in hits)) for p in _ASIDE]
    rules = [firm, weak, near, slot, *aside]
    # of each danger its own words are trusted as they proved
    heard = [number * float(code == name) for number in (firm, max(weak, near)) for name in DANGER]
    return [m, true, seen, *rules, absent, danger, *heard, *victim]


def _victim_row(e: Evidence, code: str) -> list[float]:
    """Whether there is anybody whom the law on this abuse protects (児童虐待防止法2条: 18歳未満; 高齢者虐待防止法2条: 65歳以上;
    障害者虐待防止法2条), and whether another of these laws fits better. Who suffers tells them apart, hardly what is done."""
    if code not in ABUSE_FIELDS:
        return [0.0] * (len(ABUSE_FIELDS) + 2)
    fits = {name: protects(e, name) for name in ABUSE_FIELDS}
    likely = {name: e.scores.codes.get(name, 0.0) for name in ABUSE_FIELDS}
    others = [name for name in ABUSE_FIELDS if name != code]
    own = [fits[name] if name == code else 0.0 for name in ABUSE_FIELDS]
    rival = max(likely[name] for name in others) - likely[code]
    return [*own, rival, float(fits[code] <= 0 and any(fits[name] > 0 for name in others))]


def _people_row(e: Evidence, code: str) -> list[float]:
    """Whether the people named speak against a code: a couple under the roof and ひとり親; nobody under 18 (or somebody) and
    what only a child has."""
    inside = [m for m in e.members if not m.outside]
    here = {m.relation for m in inside}
    couple = code == "single_parent" and (bool(here & _TOGETHER) or any(pair <= here for pair in _PAIRS))
    if code not in _CHILDRENS or not inside:
        return [float(couple), 0.0]
    young = any(m.minor for m in inside) or bool(here & BORN)
    return [float(couple), 1.0 if young else -1.0 if all(m.minor is False for m in inside) else 0.0]


def protects(e: Evidence, code: str) -> float:
    """1 somebody here is protected by the law on that abuse, -1 nobody is, between: not known."""
    if code == "disability_abuse":
        return 2 * max(e.scores.codes.get(name, 0.0) for name in _DISABLED) - 1
    kinds = [_of_age(m, code) for m in e.members if not m.outside]
    if code == _CHILD and e.children:
        kinds = [kind or None for kind in kinds]
    if any(kinds):
        return 1.0
    return -1.0 if kinds and all(kind is False for kind in kinds) else 0.0


def _of_age(member: Member, code: str) -> bool | None:
    """Whether somebody is as young or as old as the law on that abuse says; None: not known."""
    if code == _CHILD:
        return False if member.minor is None and member.relation in GROWN_UP else member.minor
    return False if member.minor else member.aged


_ASIDE = (Polarity.DENIED, Polarity.PAST, Polarity.OTHER, Polarity.RESOLVED)
_UNSAID = (0.0,) * (4 + len(_ASIDE))
_UNHEARD = (0.0,) * (2 * len(DANGER))


def route_row(e: Evidence, codes: Mapping[str, float], by_code: Mapping[str, CodeFields]) -> list[float]:
    """What hints at ordinary, one_field or cross_field: the text as a whole, signs, which issues there are, which fields
    they fall into.

    Kinds of issues count less their mean, so that one more of no particular kind changes nothing. How many fields are
    touched does count, a second issue of a field touched already does not."""
    said = _strongest(e.signals)
    heads = [logit(e.scores.heads[d]) for d in DECISIONS]
    signs = [*(said.get(name, 0.0) for name in ROUTE_SIGNALS), float(any(c in said for c in CONSENT_SIGNALS))]
    kinds = [codes.get(code, 0.0) for code in CODES]
    mean = sum(kinds) / len(kinds)
    touched = dict.fromkeys(FIELDS, 0.0)
    for code, p in codes.items():
        if code in by_code:
            first = by_code[code].first
            touched[first] = max(touched.get(first, 0.0), p)
    return [*heads, *signs, *(p - mean for p in kinds), *(touched[name] for name in FIELDS)]


def consent_row(e: Evidence) -> list[float]:
    """What hints at consent given or not."""
    heads = e.scores.heads
    said = _strongest(e.signals)
    agreed = said.get("consent.yes", 0.0)
    refused = max(said.get(name, 0.0) for name in CONSENT_SIGNALS if name != "consent.yes")
    yes, no = logit(heads["yes"]), logit(heads["no"])
    return [
        yes, no, *(said.get(name, 0.0) for name in CONSENT_SIGNALS), said.get("avoids_help", 0.0),
        logit(heads[DECISIONS[0]]), agreed * (1 - refused), agreed * refused, refused * (1 - agreed), agreed * yes,
        refused * no, *_last_word(e.signals), max(said.get("refused", 0.0), said.get("bounced", 0.0)),
    ]  # fmt: skip


def _last_word(signals: Sequence[Signal]) -> list[float]:
    """Whether agreement and refusal are both told and which of them is told last; a second person's refusal (or a first
    agreement taken back) stands behind, an agreement won at last too."""
    said = [s for s in signals if s.code in CONSENT_SIGNALS]
    agreed = max((s.span.start for s in said if s.code == _AGREED and s.score >= 1.0), default=-1)
    refused = max(((s.span.start, s.score) for s in said if s.code != _AGREED), default=(-1, 0.0))
    if agreed < 0 or refused[0] < 0:
        return [0.0, 0.0]
    return [refused[1], 0.0] if refused[0] > agreed else [0.0, refused[1]]


def urgent_row(e: Evidence, codes: Mapping[str, float]) -> list[float]:
    """What hints at urgency."""
    said = _strongest(e.signals)
    signs = max(said.get(name, 0.0) for name in URGENT_SIGNALS)
    danger, head = max(codes.get(code, 0.0) for code in DANGER), logit(e.scores.heads["urgent"])
    hits = [f for f in e.findings if f.code in DANGER]
    over = float(bool(hits) and not any(f.polarity.holds for f in hits))
    return [head, signs, danger, float(signs >= 1.0), codes.get("homeless", 0.0), over, danger * head, signs * head]


def field_rows(e: Evidence, codes: Mapping[str, float], by_code: Mapping[str, CodeFields]) -> list[list[float]]:
    """What hints at each field to be involved: its head, and the likeliest code that has it first, among its fields,
    among its defensible ones."""
    first, rest, more = dict.fromkeys(FIELDS, 0.0), dict.fromkeys(FIELDS, 0.0), dict.fromkeys(FIELDS, 0.0)
    for code, p in codes.items():
        if code not in by_code:
            continue
        about = by_code[code]
        for named, strongest in (((about.first,), first), (about.rest, rest), (about.more, more)):
            for name in named:
                strongest[name] = max(strongest.get(name, 0.0), p)
    rows = []
    for name in FIELDS:
        m = logit(e.scores.heads[name])
        rows.append([m, first[name], rest[name], more[name], first[name] * m, rest[name] * m])
    return rows


def weight_row(e: Evidence, codes: Mapping[str, float], by_code: Mapping[str, CodeFields], field: str) -> list[float]:
    """What hints at a field carrying the weight of the case."""
    held = sum(p for code, p in codes.items() if code in by_code and by_code[code].first == field)
    abuse = max((codes.get(code, 0.0) for code, name in ABUSE_FIELDS.items() if name == field), default=0.0)
    inside = [m for m in e.members if not m.outside]
    child = float(field == "こども" and any(m.minor for m in inside))
    aged = float(field == "高齢" and any(m.aged for m in inside))
    m = logit(e.scores.heads[f"weight:{field}"])
    return [m, min(held, 3.0), abuse, child, aged, logit(e.scores.heads[field])]


def _strongest(signals: Sequence[Signal]) -> dict[str, float]:
    found: dict[str, float] = {}
    for signal in signals:
        found[signal.code] = max(found.get(signal.code, 0.0), signal.score)
    return found
