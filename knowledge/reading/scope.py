"""Whether a mention holds: denied, past, resolved, suspected, another household's, by the words around it.

Works on tidied text with the cues of the pack. A cue beside the mention stands in the mention's own sentence, at most
`reach` characters away, on this side of a contrast (「…が、」「…けど」); a cue that reaches `ACROSS` or further looks
over sentence ends (「…と通報。行ったら芝居のけいこだった」). A phrase that carries its own negation (身寄りなし,
払えない) is not negated by it. Refuses to know issues and members' households beyond the words that say so.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from knowledge.catalogue import ScopeCue
from knowledge.reading.members import Mention
from knowledge.reading.model import Polarity, Span
from knowledge.reading.needs import Gate
from knowledge.reading.patterns import compiled

ACROSS = 40
_STOP = re.compile(r"[。\n!?]")
_CONTRAST = re.compile(r"(?<!です)(?:が|けど|けれど|けれども|ものの)[、,]|ただ(?:し)?、|でも、|しかし(?!て)")
# Not always is sometimes: 「いつも殴るわけじゃない」, 「毎日飲んでばかりではない」.
_ALWAYS = re.compile(
    r"いつも|毎日|毎回|毎晩|毎月|常に|つねに|必ず|しょっちゅう|ずっと|四六時中|全員|みんな|全部|すべて|完全に"
)
_NOT_ALL = re.compile(r"わけ|訳|ばかり|限ら|かぎら")
_OWNS = re.compile(r"(?:の(?:家|うち|棟|階|方|人|子|夫婦|旦那|奥さん)(?:の(?:人|方|子))?)(?:が|は|で|の|も|に)?")
_UNDONE = re.compile(
    r"[ぁ-ん]{0,2}[てで](?:は|も|など|なんか)?い?(?:な[いくか]|ません|おら[ずん]|へん)"
)  # 飲|んではいない
_LONGEST_CUE = 32
_TAIL = 12  # a contrast often is the cue itself (「…だったが、今は」): so much of it may still be read
# Which cue wins when several apply: a double negation first, the household it is about next.
_ORDER = (Polarity.PRESENT, Polarity.OTHER, Polarity.RESOLVED, Polarity.DENIED, Polarity.PAST, Polarity.SUSPECTED)
_AFTER_OTHER = frozenset(_ORDER[_ORDER.index(Polarity.OTHER) + 1 :])


def undone(text: str, end: int) -> bool:
    """Whether the verb that a mention ends in goes on to say that nobody did it."""
    return _UNDONE.match(text, end) is not None


@dataclass(frozen=True, slots=True)
class Scoped:
    """The polarity of a mention and the words that decided it."""

    polarity: Polarity
    cue: Span | None = None


@dataclass(frozen=True, slots=True)
class _Group:
    """All cues of one polarity, side and reach, as one expression."""

    polarity: Polarity
    side: str
    reach: int
    source: str

    def find(self, text: str, at: int, stop: int) -> Span | None:
        """The cue in its window."""
        pattern = compiled(self.source)
        match = pattern.match(text, at, stop) if self.side == "after" else pattern.search(text, at, stop)
        return match and Span(*match.span("cue"))


@dataclass(frozen=True, slots=True)
class _Around:
    """What does not depend on the mention: where sentences and contrasts end, and which groups could have a cue where:
    the group, its side, whether it looks over sentence ends, its reach, the places (None: anywhere)."""

    stops: tuple[int, ...]
    contrasts: tuple[tuple[int, int], ...]
    groups: tuple[tuple[_Group, str, bool, int, Sequence[int] | None], ...]

    def first(self, start: int) -> int:
        """Where the surroundings before a mention begin."""
        at = bisect_left(self.stops, start)
        sentence = self.stops[at - 1] + 1 if at else 0
        return max(sentence, max((end for _, end in self.contrasts if end <= start), default=0))

    def last(self, end: int, size: int) -> int:
        """Where the surroundings after a mention end."""
        at = bisect_left(self.stops, end)
        limit = self.stops[at] if at < len(self.stops) else size
        contrast = next((to for frm, to in self.contrasts if frm >= end and to <= limit), None)
        return limit if contrast is None else min(limit, contrast + _TAIL)


class Scope:
    """The compiled cues of one pack."""

    def __init__(self, cues: Iterable[ScopeCue]) -> None:
        grouped: dict[tuple[Polarity, str, int], list[str]] = {}
        for cue in cues:
            grouped.setdefault((Polarity(cue.polarity), cue.side, cue.reach), []).append(cue.pattern)
        self._groups = [
            _Group(*key, _source(key[1], key[2], patterns)) for key, patterns in sorted(grouped.items(), key=_rank)
        ]
        self._gate = Gate(group.source for group in self._groups)
        self._around = lru_cache(maxsize=8)(self._look)

    def of(self, text: str, start: int, end: int, said: Polarity, mentions: Sequence[Mention]) -> Scoped:
        """The polarity of `text[start:end]`, which by its own words is `said`."""
        around, size = self._around(text), len(text)
        first, last = around.first(start), around.last(end, size)
        outer, inner = min(first, start), max(last, end)
        owner = _owner(text, start, mentions)
        for group, side, far, reach, places in around.groups:  # the innermost loop of the whole reading
            if owner is not None and group.polarity in _AFTER_OTHER:
                break
            if side == "inside":
                at, stop = start, min(end + reach, inner)
            elif side == "after":
                at, stop = end, min(size if far else inner, end + reach + _LONGEST_CUE)
            else:
                at, stop = max(0 if far else outer, start - reach - _LONGEST_CUE), start
            if places is not None:
                index = bisect_left(places, at)
                if index == len(places) or places[index] >= stop:
                    continue
            cue = group.find(text, at, stop)
            if cue is not None:
                partly = group.polarity is Polarity.DENIED and _not_always(text, first, start, cue)
                return Scoped(said if partly or group.polarity is Polarity.PRESENT else group.polarity, cue)
        return Scoped(said) if owner is None else Scoped(Polarity.OTHER, Span(owner.start, owner.end))

    def _look(self, text: str) -> _Around:
        stops = tuple(match.start() for match in _STOP.finditer(text))
        contrasts = tuple(match.span() for match in _CONTRAST.finditer(text))
        places = self._gate.places(text)
        could = [(n, g) for n, g in enumerate(self._groups) if n in places or n in self._gate.always]
        groups = tuple((g, g.side, g.reach >= ACROSS, g.reach, places.get(n)) for n, g in could)
        return _Around(stops, contrasts, groups)


def _not_always(text: str, first: int, start: int, cue: Span) -> bool:
    """Whether only "always" is denied; it may stand within the mention (「夫がいつも殴る」) or behind it."""
    return bool(
        _NOT_ALL.search(text, cue.start, cue.end) and _ALWAYS.search(text, max(first, start - _TAIL), cue.start)
    )


def _rank(item: tuple[tuple[Polarity, str, int], list[str]]) -> tuple[int, str, int]:
    polarity, side, reach = item[0]
    return _ORDER.index(polarity), side, reach


def _source(side: str, reach: int, patterns: Sequence[str]) -> str:
    """`patterns` as one expression, whatever their order in the table; a lookbehind of theirs sees the mention itself."""
    cue = "|".join(f"(?:{pattern})" for pattern in sorted(patterns, key=lambda pattern: (-len(pattern), pattern)))
    gap = "[^\\n]" if reach >= ACROSS else "[^。\\n!?]"
    if side == "after":
        return f"{gap}{{0,{reach}}}?(?P<cue>{cue})"
    if side == "before":
        between = gap if reach >= ACROSS else "[^。\\n!?、]"
        return f"(?P<cue>{cue}){between}{{0,{reach}}}$"
    return f"(?P<cue>{cue})"


def _owner(text: str, start: int, mentions: Sequence[Mention]) -> Mention | None:
    """An outsider whose own the mention is: 「隣の家の借金」, 「友人の息子が…」."""
    last = max((m for m in mentions if m.end <= start and start - m.end <= 6), key=lambda m: m.end, default=None)
    return last if last is not None and last.outside and _OWNS.fullmatch(text[last.end : start]) else None
