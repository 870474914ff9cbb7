"""Finds the expressions of the pack in a text: exact phrases by an Aho-Corasick automaton, lemma sequences and
who-does-what slots over the morphology. Each hit says which entry found it.

Refuses to know polarity (scope.py) and typing slips (near.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import ahocorasick

from knowledge.catalogue import Expression, ExpressionKind
from knowledge.reading.members import Mention
from knowledge.reading.model import FoundBy, Member
from knowledge.reading.morphology import Token
from knowledge.reading.needs import Gate
from knowledge.reading.patterns import (
    LemmaItem,
    LemmaPattern,
    PhrasePattern,
    compile_lemma,
    compile_phrase,
    compile_regex,
    compiled,
)
from knowledge.text import Folded

_BETWEEN = 2  # other words allowed between two neighbours of a lemma pattern
_NEGATIONS = frozenset({"ない", "ぬ", "ん", "ず", "ません", "なし", "無い", "へん", "まい"})
_SENTENCE_END = frozenset("。.!?\n")


@dataclass(frozen=True, slots=True)
class Hit:
    """An expression found at tidy positions start…end; `holder` is set when the pattern itself tells who."""

    entry: Expression
    start: int
    end: int
    found_by: FoundBy
    holder: str = ""


class Lexicon:
    """The compiled expressions of one pack. Order of the rows changes nothing."""

    def __init__(self, expressions: Iterable[Expression]) -> None:
        self._automaton: Any = ahocorasick.Automaton()
        self._lemmas: dict[str, list[LemmaPattern]] = {}
        self._regexes: list[tuple[Expression, str]] = []
        literals: dict[str, list[PhrasePattern]] = {}
        for entry in expressions:
            if entry.kind is ExpressionKind.PHRASE:
                for phrase in compile_phrase(entry):
                    literals.setdefault(phrase.first, []).append(phrase)
            elif entry.kind is ExpressionKind.REGEX:
                self._regexes.append((entry, compile_regex(entry)))
            else:
                pattern = compile_lemma(entry)
                for word in sorted(pattern.items[0].words):
                    self._lemmas.setdefault(word, []).append(pattern)
        for literal, phrases in sorted(literals.items()):
            self._automaton.add_word(literal, phrases)
        self.literals = tuple(sorted(literals))
        self._phrases = literals
        if literals:
            self._automaton.make_automaton()
        self._gate = Gate(pattern for _, pattern in self._regexes)

    def phrases(self, literal: str) -> list[PhrasePattern]:
        """The entries a gapless literal stands for."""
        return [phrase for phrase in self._phrases.get(literal, []) if not phrase.rest]

    def find_phrases(self, folded: Folded) -> list[Hit]:
        """Exact phrases; positions are those of the text the `folded` maps to."""
        found = [
            Hit(entry, *folded.span(*match.span()), FoundBy.PHRASE)
            for entry, pattern in map(self._regexes.__getitem__, self._gate.open_for(folded.text))
            for match in compiled(pattern).finditer(folded.text)
            if match.end() > match.start()
        ]
        if not self._phrases:
            return found
        for last, phrases in self._automaton.iter(folded.text):
            for phrase in phrases:
                end = phrase.end(folded.text, last + 1) if phrase.rest else last + 1
                if end is not None:
                    found.append(Hit(phrase.entry, *folded.span(last + 1 - len(phrase.first), end), FoundBy.PHRASE))
        return found

    def find_lemmas(self, tokens: Sequence[Token], members: Sequence[Member], mentions: Sequence[Mention]) -> list[Hit]:
        """Lemma sequences and slots."""
        found, lemmas = [], self._lemmas
        for index, token in enumerate(tokens):
            if token.lemma not in lemmas and token.normal not in lemmas:
                continue
            for pattern in {id(p): p for w in (token.lemma, token.normal) for p in self._lemmas.get(w, ())}.values():
                end = _match(pattern.items, tokens, index)
                if end is None:
                    continue
                holder = _sufferer(pattern.victim, tokens, index, members, mentions) if pattern.victim else ""
                if holder is None:
                    continue
                by = FoundBy.SLOT if pattern.victim else FoundBy.LEMMA
                found.append(Hit(pattern.entry, token.start, end, by, holder))
        return found


def _match(items: tuple[LemmaItem, ...], tokens: Sequence[Token], index: int) -> int | None:
    """The end of the last word when the items match from `index` on."""
    end = tokens[index].end
    for number, item in enumerate(items):
        if number:
            stop = min(index + 1 + _BETWEEN + 1, len(tokens))
            at = next((i for i in range(index + 1, stop) if _is(item, tokens[i])), None)
            if at is None or any(tokens[i].surface in _SENTENCE_END for i in range(index + 1, at)):
                return None
            index = at
        elif not _is(item, tokens[index]):
            return None
        end = tokens[index].end
        if item.negated:
            negation = next((t for t in tokens[index + 1 : index + 4] if t.lemma in _NEGATIONS), None)
            if negation is None:
                return None
            end = negation.end
    return end


def _is(item: LemmaItem, token: Token) -> bool:
    return token.lemma in item.words or token.normal in item.words


def _sufferer(
    victim: str, tokens: Sequence[Token], index: int, members: Sequence[Member], mentions: Sequence[Mention]
) -> str | None:
    """The key of the member who suffers, when the sentence has one of that sort and somebody else beside; else None."""
    first = next((i + 1 for i in range(index, -1, -1) if tokens[i].surface in _SENTENCE_END), 0)
    last = next((i for i in range(index, len(tokens)) if tokens[i].surface in _SENTENCE_END), len(tokens) - 1)
    start, end = tokens[min(first, index)].start, tokens[last].end
    near = [m for m in mentions if start <= m.start < end]
    by_key = {member.key: member for member in members}
    fits = [m for m in near if m.key in by_key and _suits(by_key[m.key], victim)]
    others = {m.key for m in near}
    if not fits or (len(others) < 2 and victim != "child"):
        return None
    place = tokens[index].start
    return min(fits, key=lambda m: (abs(m.start - place), m.start)).key


_CHILDREN = frozenset(
    {"子", "孫", "長男", "次男", "三男", "長女", "次女", "三女", "息子", "娘", "本人女児", "本人男児", "曾孫"}
)
_ELDERS = frozenset({"祖母", "祖父", "曾祖母", "祖父母"})
_SPOUSES = frozenset({"妻", "夫", "母", "本人女性", "内縁の妻", "元妻", "嫁", "本人"})


def _suits(member: Member, victim: str) -> bool:
    if victim == "child":
        return member.minor is True or (member.minor is None and member.relation in _CHILDREN)
    if victim == "elder":
        return member.aged is True or (member.aged is None and member.relation in _ELDERS)
    if victim == "spouse":
        return member.relation in _SPOUSES and member.minor is not True
    return member.minor is not True
