"""The small language in which the expression tables are written, compiled.

- `phrase`: words as they are said; `(a|b)` alternatives (`(a|)` optional); `…` at most eight characters in between, within
  a sentence; `#` a number; `〈親〉` any word of that group (word_groups.csv).
- `regex`: a regular expression over the folded text, where `…` means the same. For the few who can.
- `lemma`: dictionary forms with spaces in between, `a|b` alternatives, at most two other words between neighbours;
  `入る!` the word must be negated.
- `slot`: a `lemma` pattern that ends in `@child`, `@elder`, `@disabled` or `@spouse`: who suffers it. Another person must
  be in the same sentence, since abuse needs one who suffers and one who does.

Refuses to know any expression itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from knowledge.catalogue import Expression, ExpressionKind, WordGroup
from knowledge.errors import KnowledgeError
from knowledge.reading.needs import parse
from knowledge.text import fold

GAP = "[^。\\n]{0,8}?"
NUMBER = "[0-9〇一二三四五六七八九十百千数何半]+"
VICTIMS = ("child", "elder", "disabled", "spouse")
_PART = re.compile(r"\(([^()]*)\)|([^()…#]+)|(…)|(#)")
_GROUP = re.compile(r"〈([^〈〉]*)〉")
_MOST_STARTS = 40


class PatternError(KnowledgeError):
    """An expression cannot be compiled; the message says which part."""


@dataclass(frozen=True, slots=True)
class PhrasePattern:
    """A folded literal that must stand in the text, and a regular expression for what follows it ("" = nothing)."""

    entry: Expression
    first: str
    rest: str

    def end(self, text: str, at: int) -> int | None:
        """Where the phrase ends when its first literal ended at `at`; None when the rest does not follow."""
        if not self.rest:
            return at
        match = compiled(self.rest).match(text, at)
        return match.end() if match else None


@lru_cache(maxsize=8192)
def compiled(pattern: str) -> re.Pattern[str]:
    """The expression, compiled once and only when it is needed."""
    return re.compile(pattern)


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


def with_groups(entry: Expression, groups: Mapping[str, WordGroup]) -> Expression:
    """The same with each 〈名前〉 as the words of that group; raises `PatternError` for a name that there is not."""

    def words(match: re.Match[str]) -> str:
        group = groups.get(match[1])
        if group is None:
            raise PatternError(
                f"「{entry.pattern}」: 言葉の組〈{match[1]}〉がありません（word_groups.csv に足すか、ある名前にしてください）"
            )
        joined = "|".join(group.words)
        inside = entry.pattern.count("(", 0, match.start()) > entry.pattern.count(")", 0, match.start())
        if not inside:
            return f"({joined})"
        if entry.pattern[match.start() - 1] not in "(|" or entry.pattern[match.end() : match.end() + 1] not in (
            "|",
            ")",
        ):
            raise PatternError(
                f"「{entry.pattern}」: かっこの中の〈{match[1]}〉には、ほかの字をつなげられません（かっこの外に出すか、行を分けてください）"
            )
        return joined

    return entry.model_copy(update={"pattern": _GROUP.sub(words, entry.pattern)})


@lru_cache(maxsize=16384)  # a pack is compiled once to be checked and once to be read
def compile_phrase(entry: Expression) -> list[PhrasePattern]:
    """One pattern per way the phrase can begin; what follows is one regular expression for all of them."""
    if "".join(match.group() for match in _PART.finditer(entry.pattern)) != entry.pattern:
        raise PatternError(f"「{entry.pattern}」: かっこの対応を確かめてください")
    parts = [match.groups() for match in _PART.finditer(entry.pattern)]
    if not parts or parts[0][2] or parts[0][3] or parts[-1][2]:
        raise PatternError(f"「{entry.pattern}」: … と # の前には言葉が要り、… の後にも言葉が要ります")
    if any(part[0] and ("#" in part[0] or "…" in part[0]) for part in parts):
        raise PatternError(
            f"「{entry.pattern}」: かっこの中では # と … を使えません（かっこの外に出すか、行を分けてください）"
        )
    starts, used = _starts(parts)
    if any(not start for start in starts):
        raise PatternError(f"「{entry.pattern}」: 最初の言葉を空にはできません")
    rest = "".join(_as_regex(part) for part in parts[used:])
    return [PhrasePattern(entry, start, rest) for start in sorted(set(starts))]


def _choices(part: tuple[str | None, ...]) -> list[str]:
    if part[0] is not None:
        return [fold(choice).text.strip() for choice in part[0].split("|")]
    return [fold(part[1] or "").text.strip(" ")]


def _starts(parts: list[tuple[str | None, ...]]) -> tuple[list[str], int]:
    """All beginnings made of the first parts, as many parts as keep them few, and how many parts that is."""
    starts = [""]
    for used, part in enumerate(parts):
        if part[2] or part[3]:
            return starts, used
        choices = _choices(part)
        if used and len(starts) * len(choices) > _MOST_STARTS and all(starts):
            return starts, used
        starts = [one + other for one, other in product(starts, choices)]
    return starts, len(parts)


def _as_regex(part: tuple[str | None, ...]) -> str:
    if part[2]:
        return GAP
    if part[3]:
        return NUMBER
    choices = sorted(map(re.escape, _choices(part)), key=lambda choice: (-len(choice), choice))
    return choices[0] if len(choices) == 1 else f"(?:{'|'.join(choices)})"


@lru_cache(maxsize=16384)
def compile_regex(entry: Expression) -> str:
    """A checked regular expression over folded text; `compiled` makes it ready to match when a text could hold it."""
    source = GAP.join(fold(piece).text for piece in entry.pattern.split("…"))
    try:
        parse(source)
        return source
    except re.error as error:
        raise PatternError(f"「{entry.pattern}」: 正規表現として読めません（{error.msg}）") from error


@lru_cache(maxsize=16384)
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
