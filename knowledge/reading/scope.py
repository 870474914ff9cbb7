"""Whether a mention holds: denied, past, resolved, suspected, another household's, by the words around it.

Works on tidied text with the cues of the pack. A cue beside the mention stands in the mention's own sentence, at most
`reach` characters away, on this side of a contrast (「…が、」「…けど」); a cue that reaches `ACROSS` or further looks
over sentence ends (「…と通報。行ったら芝居のけいこだった」). A phrase that carries its own negation (身寄りなし,
払えない) is not negated by it. Refuses to know issues and members' households beyond the words that say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge.catalogue import ScopeCue
from knowledge.reading.members import Mention
from knowledge.reading.model import Polarity, Span

ACROSS = 40
_STOP = re.compile(r"[。\n!?]")
_CONTRAST = re.compile(r"(?<!です)(?:が|けど|けれど|けれども|ものの)[、,]|ただ(?:し)?、|でも、|しかし(?!て)")
_OWNS = re.compile(r"(?:の(?:家|うち|棟|階|方|人|子|夫婦|旦那|奥さん)(?:の(?:人|方|子))?)(?:が|は|で|の|も|に)?")
_LONGEST_CUE = 32
_TAIL = 12  # a contrast often is the cue itself (「…だったが、今は」): so much of it may still be read
# Which cue wins when several apply: a double negation first, the household it is about next.
_ORDER = (Polarity.PRESENT, Polarity.OTHER, Polarity.RESOLVED, Polarity.DENIED, Polarity.PAST, Polarity.SUSPECTED)


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
    pattern: re.Pattern[str]

    def find(self, text: str, start: int, end: int, first: int, last: int) -> Span | None:
        """Where a cue for `text[start:end]` stands; `first`…`last` is how far its surroundings go."""
        if self.side == "inside":
            match = self.pattern.search(text, start, min(end + self.reach, max(last, end)))
            return Span(match.start(), match.end()) if match else None
        across = self.reach >= ACROSS
        if self.side == "after":
            limit = len(text) if across else max(last, end)
            match = self.pattern.match(text, end, min(limit, end + self.reach + _LONGEST_CUE))
            return Span(match.start("cue"), match.end("cue")) if match else None
        limit = 0 if across else min(first, start)
        match = self.pattern.search(text, max(limit, start - self.reach - _LONGEST_CUE), start)
        return Span(match.start("cue"), match.end("cue")) if match else None


class Scope:
    """The compiled cues of one pack."""

    def __init__(self, cues: Iterable[ScopeCue]) -> None:
        grouped: dict[tuple[Polarity, str, int], list[str]] = {}
        for cue in cues:
            grouped.setdefault((Polarity(cue.polarity), cue.side, cue.reach), []).append(cue.pattern)
        self._groups = [
            _Group(*key, _compiled(key[1], key[2], patterns)) for key, patterns in sorted(grouped.items(), key=_rank)
        ]

    def of(self, text: str, start: int, end: int, said: Polarity, mentions: Sequence[Mention]) -> Scoped:
        """The polarity of `text[start:end]`, which by its own words is `said`."""
        first, last = _before(text, start), _after(text, end)
        owner = _owner(text, start, mentions)
        for group in self._groups:
            if owner is not None and _ORDER.index(group.polarity) > _ORDER.index(Polarity.OTHER):
                break
            cue = group.find(text, start, end, first, last)
            if cue is not None:
                return Scoped(said if group.polarity is Polarity.PRESENT else group.polarity, cue)
        return Scoped(said) if owner is None else Scoped(Polarity.OTHER, Span(owner.start, owner.end))


def _rank(item: tuple[tuple[Polarity, str, int], list[str]]) -> tuple[int, str, int]:
    polarity, side, reach = item[0]
    return _ORDER.index(polarity), side, reach


def _compiled(side: str, reach: int, patterns: Sequence[str]) -> re.Pattern[str]:
    """`patterns` as one expression; a lookbehind of theirs sees the mention itself."""
    cue = "|".join(f"(?:{pattern})" for pattern in patterns)
    gap = "[^\\n]" if reach >= ACROSS else "[^。\\n!?]"
    if side == "after":
        return re.compile(f"{gap}{{0,{reach}}}?(?P<cue>{cue})")
    if side == "before":
        between = gap if reach >= ACROSS else "[^。\\n!?、]"
        return re.compile(f"(?P<cue>{cue}){between}{{0,{reach}}}$")
    return re.compile(cue)


def _after(text: str, end: int) -> int:
    stop = _STOP.search(text, end)
    limit = stop.start() if stop else len(text)
    contrast = _CONTRAST.search(text, end, limit)
    return min(limit, contrast.end() + _TAIL) if contrast else limit


def _before(text: str, start: int) -> int:
    stops = [match.end() for match in _STOP.finditer(text, 0, start)]
    contrasts = [match.end() for match in _CONTRAST.finditer(text, 0, start)]
    return max(stops + contrasts + [0])


def _owner(text: str, start: int, mentions: Sequence[Mention]) -> Mention | None:
    """An outsider whose own the mention is: 「隣の家の借金」, 「友人の息子が…」."""
    last = max((m for m in mentions if m.end <= start and start - m.end <= 6), key=lambda m: m.end, default=None)
    return last if last is not None and last.outside and _OWNS.fullmatch(text[last.end : start]) else None
