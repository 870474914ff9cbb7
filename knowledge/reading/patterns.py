"""The small language in which the expression tables are written, compiled.

- `phrase`: words as they are said; `(a|b)` alternatives; `…` at most eight characters in between, within a sentence.
- `regex`: a regular expression over the folded text, where `…` means the same as in a phrase. For the few who can.
- `lemma`: dictionary forms with spaces in between, `a|b` alternatives, at most two other words between neighbours;
  `入る!` the word must be negated.
- `slot`: a `lemma` pattern that ends in `@child`, `@elder`, `@disabled` or `@spouse`: who suffers it. Another person must be in
  the same sentence, since abuse needs one who suffers and one who does.

Refuses to know any expression itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product

from knowledge.catalogue import Expression, ExpressionKind
from knowledge.errors import KnowledgeError
from knowledge.text import fold

GAP = 8
VICTIMS = ("child", "elder", "disabled", "spouse")
_PART = re.compile(r"\(([^()]*)\)|([^()…]+)|(…)")


class PatternError(KnowledgeError):
    """An expression cannot be compiled; the message says which part."""


@dataclass(frozen=True, slots=True)
class PhrasePattern:
    """Folded literals. `rest` matches what follows the first literal when there is a gap; None = the literal is all."""

    entry: Expression
    first: str
    rest: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class LemmaItem:
    """One word of a lemma pattern: any of these dictionary forms, negated or not."""

    words: frozenset[str]
    negated: bool


@dataclass(frozen=True, slots=True)
class LemmaPattern:
    """Words in order; `victim` is who must suffer it (slot patterns), empty otherwise."""

    entry: Expression
    items: tuple[LemmaItem, ...]
    victim: str


def compile_phrase(entry: Expression) -> list[PhrasePattern]:
    """All literal variants of a phrase pattern."""
    if "".join(match.group() for match in _PART.finditer(entry.pattern)) != entry.pattern:
        raise PatternError(f"「{entry.pattern}」: かっこの対応を確かめてください")
    parts: list[list[str]] = []
    for match in _PART.finditer(entry.pattern):
        parts.append([match[2]] if match[2] else ["…"] if match[3] else match[1].split("|"))
    found = []
    for choice in product(*parts):
        pieces = [fold(piece).text.strip() for piece in "".join(choice).split("…")]
        if not pieces[0] or (len(pieces) > 1 and not pieces[-1]):
            raise PatternError(f"「{entry.pattern}」: … は言葉と言葉の間に置いてください")
        gap = f"[^。\\n]{{0,{GAP}}}?"
        rest = re.compile("".join(gap + re.escape(piece) for piece in pieces[1:])) if len(pieces) > 1 else None
        found.append(PhrasePattern(entry, pieces[0], rest))
    return found


def compile_regex(entry: Expression) -> re.Pattern[str]:
    """A regular expression over folded text."""
    try:
        return re.compile(fold(entry.pattern).text.replace("…", f"[^。\\n]{{0,{GAP}}}?"))
    except re.error as error:
        raise PatternError(f"「{entry.pattern}」: 正規表現として読めません（{error.msg}）") from error


def compile_lemma(entry: Expression) -> LemmaPattern:
    """A lemma or slot pattern."""
    words = entry.pattern.split()
    victim = ""
    if words and words[-1].startswith("@"):
        victim = words.pop()[1:]
        if victim not in VICTIMS:
            raise PatternError(f"「{entry.pattern}」: @ の後は {' / '.join(VICTIMS)} のどれかです")
    if (entry.kind is ExpressionKind.SLOT) != bool(victim):
        raise PatternError(f"「{entry.pattern}」: slot は最後に @child などが要ります（lemma には付けません）")
    if not words:
        raise PatternError(f"「{entry.pattern}」: 言葉がありません")
    items = tuple(LemmaItem(frozenset(word.rstrip("!").split("|")), word.endswith("!")) for word in words)
    return LemmaPattern(entry, items, victim)


def compile_expression(entry: Expression) -> None:
    """Raise `PatternError` when the expression cannot be used."""
    if entry.kind is ExpressionKind.PHRASE:
        compile_phrase(entry)
    elif entry.kind is ExpressionKind.REGEX:
        compile_regex(entry)
    else:
        compile_lemma(entry)
