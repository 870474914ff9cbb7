"""Free text → `Reading`: walks one message through normalisation, morphology, expressions, scope, members, models, blend.

The one place that knows the order of the walk. Positions inside are those of the tidied text; every span that leaves
lies in the original text. Refuses to know files (load.py builds the catalogue) and what should be done (routing).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

from knowledge.catalogue import Catalogue
from knowledge.reading.agencies import AgencyReader
from knowledge.reading.blend import about_codes
from knowledge.reading.by_rules import by_rules
from knowledge.reading.evidence import Evidence, of_fitting_age
from knowledge.reading.holders import holder_of, who_suffers
from knowledge.reading.identity import find_identity, mask
from knowledge.reading.lexicon import Hit, Lexicon
from knowledge.reading.members import MemberReader, Mention, speaks_of_children
from knowledge.reading.model import (
    HOUSEHOLD,
    Finding,
    FoundBy,
    IdentityKind,
    Leanings,
    Member,
    Polarity,
    Reading,
    Signal,
    Span,
)
from knowledge.reading.models.models import MENTIONED, NO_SCORES, ModelScores
from knowledge.reading.near import NearMisses
from knowledge.reading.outward import outward, whole
from knowledge.reading.places import PlaceReader
from knowledge.reading.prepared import Prepared, spelled_words
from knowledge.reading.scope import Scope, undone
from knowledge.reading.signals import dated, standing
from knowledge.reading.trained import Trained, standard
from knowledge.reading.verdict import consent, urgency, verdict
from knowledge.reading.wants import WantReader
from knowledge.text import Folded, fold, tidy

Whoever = Callable[[str, int, int, str, tuple[Member, ...], tuple[Mention, ...]], str]
LONGEST = 20_000
LEAST_SCOPED = 0.05  # of a fainter idea nobody asks how it was meant
LONGEST_MODELLED = 2_000  # the models saw nothing longer than a few hundred characters


class Reader:
    """Reads messages with the words of one pack. Building it is the slow part; reading changes nothing in it."""

    def __init__(self, catalogue: Catalogue, *, rules_only: bool = False) -> None:
        self._members = MemberReader(catalogue.relations.values())
        self._lexicon = Lexicon(catalogue.expressions)
        self._signals = Lexicon(catalogue.signals)
        self._near = NearMisses(self._lexicon)
        self._scope = Scope(catalogue.scope_cues)
        self._places = PlaceReader(catalogue.areas.values(), catalogue.neighborhoods.values())
        self._sure = frozenset((row.target, row.pattern) for row in catalogue.expressions if row.strength == "sure")
        self._agencies = AgencyReader(catalogue.agency_kinds.values(), catalogue.agencies.values())
        self._wants = WantReader(catalogue.agencies.values())
        self._known = frozenset(catalogue.issues)
        self.about = about_codes({code: (issue.fields, issue.more_fields) for code, issue in catalogue.issues.items()})
        self._trained = None if rules_only else standard()

    def read(self, text: str, on: date) -> Reading:
        """Everything `text` says; `on` is the day it was said (era years become ages). Never raises for any text."""
        prepared = self.prepare(text, on)
        return self.judged(text, prepared, self._trained, self._scores(prepared))

    def again(self, first: Reading, now: Reading) -> Reading:
        """`now`, which is `first` put right by a person: what the whole leans to is weighed again with the issues as they
        stand. An issue that a person gave is certain, one that a person took away is not there."""
        before, kept = _spoken(first), _spoken(now)
        given = {code for code, by_person in kept.items() if by_person or code not in before}
        gone = {code for code in before if code not in kept}
        leanings = first.leanings
        if self._trained is None or not leanings.heads or not given | gone:
            return now
        codes = {code: p for code, p in leanings.codes.items() if code not in gone} | dict.fromkeys(sorted(given), 1.0)
        e = Evidence((), now.signals, now.members, replace(NO_SCORES, heads=leanings.heads), {})
        coordination, weight, fields, *_ = self._trained.blend.of_heads(e, codes, self.about)
        return replace(
            now, leanings=replace(leanings, coordination=coordination, weight=weight, fields=fields, codes=codes)
        )

    def masked(self, text: str) -> str:
        """The text without what tells who somebody is; much quicker than reading it."""
        tidied = tidy(text[:LONGEST])
        marks = find_identity(tidied.text, spelled_words(tidied.text)[1].short)
        return mask(text, (replace(m, span=Span(*tidied.span(m.span.start, m.span.end))) for m in marks))

    def judged(self, text: str, p: Prepared, trained: Trained | None, scores: ModelScores | None) -> Reading:
        """The reading of a prepared text; without scores the rules speak alone."""
        e = self.evidence(p, scores or NO_SCORES)
        plain = Reading(
            text=text,
            members=p.members,
            places=self._places.find(p.folded),
            agencies=self._agencies.find(p.folded),
            identity=p.identity,
            signals=e.signals,
            wanted=self._wants.find(p.folded),
        )
        if trained is None or scores is None:
            return outward(_held(whole(by_rules(p.text, plain, e.findings), p), p, holder_of), p.tidied)
        weighed = trained.blend.of(e, self.about)
        limits = trained.limits
        found = verdict(e, weighed, limits)
        plain = replace(plain, findings=found.firm, set_aside=found.aside, maybe=found.maybe)

        def words(head: str) -> Span | None:
            place = trained.words_for(p.modelled, p.words.long, head)
            return place and p.tidy_span(*place)

        plain = replace(
            plain,
            consent=consent(e, weighed, limits, words),
            urgency=dated(p.text, urgency(e, weighed, found.firm, limits, words)),
        )
        return outward(
            replace(
                _held(whole(plain, p), p, trained.whose.holder),
                leanings=Leanings(
                    weighed.coordination,
                    weighed.weight,
                    weighed.fields,
                    weighed.urgent,
                    weighed.codes,
                    scores.heads,
                ),
            ),
            p.tidied,
        )

    def evidence(self, p: Prepared, scores: ModelScores = NO_SCORES) -> Evidence:
        """What rules and models each say."""
        findings = self._findings(p)
        said = {finding.code for finding in findings}
        spans = {c: s for c, s in scores.spans.items() if c in self._known}
        if p.spelled is not None:
            places = {c: p.tidy_span(s.start, s.end) for c, s in spans.items()}
            spans = {c: replace(s, start=places[c].start, end=places[c].end) for c, s in spans.items()}
        scoped = {
            code: self._scope.of(p.text, span.start, span.end, Polarity(span.held), p.mentions).polarity
            for code, span in spans.items()
            if code not in said and (scores.codes[code] >= LEAST_SCOPED or scores.mentioned[code] >= MENTIONED)
        }
        young = any(m.minor for m in p.members) or speaks_of_children(p.text)
        sure = frozenset(
            f.code
            for f in findings
            if f.polarity.holds and f.found_by is not FoundBy.NEAR and (f.code, f.entry) in self._sure
            if not undone(p.text, f.span.end)
        )
        signals = self._find_signals(p)
        found = Evidence(findings, signals, p.members, replace(scores, spans=spans), scoped, young, sure)
        return of_fitting_age(found)

    def _scores(self, p: Prepared) -> ModelScores | None:
        if self._trained is None:
            return None
        words = p.words.long
        if len(p.modelled) > LONGEST_MODELLED:
            words = tuple(word for word in words if word.end <= LONGEST_MODELLED)
        return self._trained.models.score(p.modelled[:LONGEST_MODELLED], words)

    def prepare(self, text: str, on: date) -> Prepared:
        """Tidy, fold, cut into words and find the people; at most `LONGEST` characters are looked at."""
        tidied = tidy(text[:LONGEST])
        same = Folded(
            tidied.text, tuple(range(len(tidied.text))), tuple(range(1, len(tidied.text) + 1)), len(tidied.text)
        )
        spelled, words = spelled_words(tidied.text)
        identity = find_identity(tidied.text, words.short)
        names = [mark for mark in identity if mark.kind is IdentityKind.NAME]  # 田中一郎 is nobody in 中一
        members, mentions = self._members.read(mask(tidied.text, names), on)
        return Prepared(tidied, fold(same), spelled, words, identity, members, mentions)

    def _findings(self, p: Prepared) -> tuple[Finding, ...]:
        hits = self._lexicon.find_phrases(p.folded) + self._lexicon.find_lemmas(p.tokens, p.members, p.mentions)
        hits += self._near.find(p.folded, hits)
        hits = [replace(hit, start=p.own_part(hit.start, hit.end)) for hit in hits]
        findings = [self._finding(hit, p) for hit in _longest(hits, p)]
        return tuple(sorted(findings, key=lambda f: (f.span.start, f.span.end, f.code)))

    def _finding(self, hit: Hit, p: Prepared) -> Finding:
        entry = hit.entry
        scoped = self._scope.of(p.text, hit.start, hit.end, Polarity(entry.polarity), p.mentions)
        firm = entry.strength != "weak" and hit.found_by is not FoundBy.NEAR
        return Finding(
            entry.target,
            Span(hit.start, hit.end),
            hit.holder,
            scoped.polarity,
            hit.found_by,
            entry.pattern,
            1.0 if firm else 0.5,
            scoped.cue,
        )

    def _find_signals(self, p: Prepared) -> tuple[Signal, ...]:
        found = []
        hits = self._signals.find_phrases(p.folded) + self._signals.find_lemmas(p.tokens, p.members, p.mentions)
        for hit in _longest(hits, p):
            scoped = self._scope.of(p.text, hit.start, hit.end, Polarity(hit.entry.polarity), p.mentions)
            if scoped.polarity.holds:
                found.append(
                    Signal(hit.entry.target, Span(hit.start, hit.end), 0.5 if hit.entry.strength == "weak" else 1.0)
                )
        return tuple(sorted(standing(found), key=lambda s: (s.span.start, s.span.end, s.code)))


def _spoken(reading: Reading) -> dict[str, bool]:
    """The codes that are found or offered, and whether a person found them."""
    offered = {maybe.code: False for maybe in reading.maybe}
    for finding in reading.findings:
        offered[finding.code] = offered.get(finding.code, False) or finding.found_by is FoundBy.PERSON
    return offered


def _longest(hits: Iterable[Hit], p: Prepared) -> list[Hit]:
    """Of overlapping hits of one code the strongest, then longest; one hit per place and code, none that tears a word."""
    kept: list[Hit] = []
    order = sorted(
        (hit for hit in hits if not p.torn(hit.start, hit.end)),
        key=lambda h: (
            h.entry.strength == "weak",
            h.start - h.end,
            h.start,
            h.entry.target,
            h.entry.pattern,
            h.found_by,
        ),
    )
    for hit in order:
        if not any(k.entry.target == hit.entry.target and k.start < hit.end and hit.start < k.end for k in kept):
            kept.append(hit)
    return kept


def _held(reading: Reading, p: Prepared, whose: Whoever) -> Reading:
    """The same reading with the holder of everything that does not yet have one. Of whom it is denied, the same issue is
    not true as well."""

    def holder(code: str, span: Span, gone: frozenset[str] = frozenset()) -> str:
        members = tuple(m for m in p.members if m.key not in gone)
        mentions = tuple(m for m in p.mentions if m.key not in gone) if gone else p.mentions
        return who_suffers(code, whose(p.text, span.start, span.end, code, members, mentions), members)

    def with_holder(f: Finding) -> Finding:
        return f if f.holder else replace(f, holder=holder(f.code, f.span))

    aside = tuple(map(with_holder, reading.set_aside))
    denied = {(f.code, f.holder) for f in aside if f.polarity is Polarity.DENIED and f.holder != HOUSEHOLD}

    def of_another(f: Finding) -> Finding:
        found = with_holder(f)
        gone = frozenset(who for code, who in denied if code == f.code)
        others = [m.key for m in p.members if not m.outside and m.key not in gone]
        if found.holder not in gone or not others:
            return found
        return replace(found, holder=others[0] if len(others) == 1 else holder(f.code, f.span, gone))

    return replace(
        reading,
        findings=tuple(map(of_another, reading.findings)),
        set_aside=aside,
        maybe=tuple(
            m if m.holder else replace(m, holder=HOUSEHOLD if m.span is None else holder(m.code, m.span))
            for m in reading.maybe
        ),
    )
