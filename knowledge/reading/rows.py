"""What one row of the expression tables would change, and what each row does today, on the labelled messages.

For the people who extend the tables: a row is tried with the rules alone (no models), only on the messages where its
pattern stands. Knows the bar that a row must pass; refuses to know wording (the command's templates).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from knowledge.catalogue import Catalogue, Expression, ExpressionKind
from knowledge.reading.lexicon import Lexicon
from knowledge.reading.measure import DAY, Row
from knowledge.reading.model import Finding
from knowledge.reading.models.models import NO_SCORES
from knowledge.reading.morphology import Token, tokenize
from knowledge.reading.reader import Reader
from knowledge.text import Folded, fold, tidy

BAR = {"sure": 0.9, "firm": 0.85, "weak": 0.3}
_OVER_WORDS = (ExpressionKind.LEMMA, ExpressionKind.SLOT)
_EXAMPLES = 5


@dataclass(frozen=True)
class Labelled:
    """One labelled message with its folded text."""

    gold: Mapping[str, Any]

    @cached_property
    def folded(self) -> Folded:
        """For comparing."""
        return fold(str(self.gold["text"]))

    @cached_property
    def words(self) -> tuple[Token, ...]:
        """The short units."""
        return tokenize(tidy(str(self.gold["text"])).text)

    def verdict(self, code: str) -> str:
        """What raising the code here is: right, okay, wrong or trapped (wrong, and a known trap)."""
        if code in self.gold["issues"]:
            return "right"
        if code in self.gold.get("ok_issues", ()):
            return "okay"
        return "trapped" if code in self.gold.get("not_issues", ()) else "wrong"


@dataclass(frozen=True, slots=True)
class Effect:
    """What a row does to one set of messages. Texts are examples, at most five of each.

    `all`: verdicts of every message where the row's mention holds; `new`: of those where its code was not raised
    before; `lost`: of those where it no longer is. `aside`: messages where the words around set the mention aside.
    """

    messages: int
    all: Counter[str]
    new: Counter[str]
    lost: Counter[str]
    aside: int
    right_in: tuple[str, ...]
    wrong_in: tuple[str, ...]

    @property
    def precision(self) -> float | None:
        """Right among right and wrong; None without either."""
        wrong = self.all["wrong"] + self.all["trapped"]
        return self.all["right"] / (self.all["right"] + wrong) if self.all["right"] + wrong else None


@dataclass(frozen=True, slots=True)
class Trial:
    """A row tried on the corpus and on dev. `overlaps`: rows of the same code that stand on the same words, how often.

    `known`: the very same row is already in the tables.
    """

    row: Expression
    corpus: Effect
    dev: Effect
    overlaps: tuple[tuple[str, int], ...]
    known: bool

    @property
    def bar(self) -> float:
        """The share that must be right on the corpus."""
        return BAR[self.row.strength]

    @property
    def passes(self) -> bool:
        """Whether the row may go into the tables. Words that show an issue by themselves may be too rare for the corpus."""
        if self.corpus.precision is None:
            return self.row.strength == "sure" and not self.corpus.aside
        return self.corpus.precision >= self.bar


class RowBench:
    """The labelled messages, folded once, and the rules of a pack."""

    def __init__(
        self, catalogue: Catalogue, corpus: Iterable[Mapping[str, Any]], dev: Iterable[Mapping[str, Any]]
    ) -> None:
        self._catalogue = catalogue
        self._before = Reader(catalogue, rules_only=True)
        self._corpus = [Labelled(gold) for gold in corpus]
        self._dev = [Labelled(gold) for gold in dev]

    def trial(self, row: Expression) -> Trial:
        """What adding `row` would change."""
        rest = tuple(e for e in self._catalogue.expressions if not _same(e, row))
        known = len(rest) < len(self._catalogue.expressions)
        before = Reader(_with(self._catalogue, rest), rules_only=True) if known else self._before
        after = Reader(_with(self._catalogue, (*rest, row)), rules_only=True)
        overlaps: Counter[str] = Counter()
        corpus = self._effect(row, self._corpus, before, after, overlaps)
        return Trial(
            row, corpus, self._effect(row, self._dev, before, after, Counter()), tuple(overlaps.most_common(5)), known
        )

    def rows(self, code: str = "") -> list[tuple[Expression, Row]]:
        """Every row (of one code) with what it does on the corpus today, the worst first."""
        wanted = [e for e in self._catalogue.expressions if not code or e.target == code]
        reader = Reader(_with(self._catalogue, tuple(wanted)), rules_only=True) if code else self._before
        done: dict[tuple[str, str], Row] = {(e.target, e.pattern): Row() for e in wanted}
        for message in _hit(wanted, self._corpus):
            evidence = reader.evidence(reader.prepare(str(message.gold["text"]), DAY), NO_SCORES)
            said = {(f.code, f.entry) for f in evidence.findings if f.polarity.holds}
            for key in said & done.keys():
                _count(done[key], message.verdict(key[0]), str(message.gold["text"]))
        return sorted(((e, done[e.target, e.pattern]) for e in wanted), key=_worst)

    def _effect(
        self, row: Expression, messages: Sequence[Labelled], before: Reader, after: Reader, overlaps: Counter[str]
    ) -> Effect:
        said, new, lost, aside = Counter[str](), Counter[str](), Counter[str](), 0
        right_in: list[str] = []
        wrong_in: list[str] = []
        alone = Reader(_with(self._catalogue, (row,)), rules_only=True)
        for message in _hit([row], messages):
            prepared = before.prepare(str(message.gold["text"]), DAY)
            old, now = (reader.evidence(prepared, NO_SCORES).findings for reader in (before, after))
            own = alone.evidence(prepared, NO_SCORES).findings
            overlaps.update({f.entry for f in old for o in own if f.code == row.target and f.span.overlaps(o.span)})
            verdict = message.verdict(row.target)
            holds = any(f.polarity.holds for f in own)
            aside += bool(own) and not holds
            said[verdict] += holds
            was, is_now = (_raises(found, row) for found in (old, now))
            lost[verdict] += was and not is_now
            if is_now and not was:
                new[verdict] += 1
                examples = right_in if verdict == "right" else wrong_in
                if verdict != "okay" and len(examples) < _EXAMPLES:
                    examples.append(str(message.gold["text"]))
        return Effect(len(messages), said, new, lost, aside, tuple(right_in), tuple(wrong_in))


def _hit(rows: Sequence[Expression], messages: Sequence[Labelled]) -> list[Labelled]:
    """The messages where a row's words stand."""
    lexicon = Lexicon(_without_victim(row) for row in rows)
    by_words = any(row.kind in _OVER_WORDS for row in rows)
    return [
        message
        for message in messages
        if lexicon.find_phrases(message.folded) or (by_words and lexicon.find_lemmas(message.words, (), ()))
    ]


def _without_victim(row: Expression) -> Expression:
    """A slot's words alone: who suffers is left to the full reading."""
    if row.kind is not ExpressionKind.SLOT:
        return row
    return row.model_copy(update={"kind": ExpressionKind.LEMMA, "pattern": row.pattern.rpartition("@")[0].strip()})


def _raises(found: Iterable[Finding], row: Expression) -> bool:
    """Whether the code is found as surely as the row would say it."""
    least = 0.0 if row.strength == "weak" else 1.0
    return any(f.code == row.target and f.polarity.holds and f.score >= least for f in found)


def _count(row: Row, verdict: str, text: str) -> None:
    row.right += verdict == "right"
    row.okay += verdict == "okay"
    row.trapped += verdict == "trapped"
    if verdict in ("wrong", "trapped"):
        row.wrong += 1
        row.wrong_in.append(text)


def _worst(item: tuple[Expression, Row]) -> tuple[float, int, str, str]:
    entry, row = item
    sure = row.right + row.wrong
    return (row.right / sure - BAR[entry.strength] if sure else 1.0, -row.wrong, entry.target, entry.pattern)


def _same(a: Expression, b: Expression) -> bool:
    return (a.target, a.kind, a.pattern) == (b.target, b.kind, b.pattern)


def _with(catalogue: Catalogue, rows: tuple[Expression, ...]) -> Catalogue:
    return replace(catalogue, expressions=rows)
