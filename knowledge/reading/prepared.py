"""One text on its way through the reading: tidied, folded, respelled for the models, cut into words, with the people in it.

Knows which position lies in which form of the text. Refuses to know what anything means.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from knowledge.reading.members import Mention
from knowledge.reading.model import IdentityMark, Member, Span
from knowledge.reading.morphology import Analysis, Token, analyse
from knowledge.text import Folded, respell

_STOPS = "。、,.・「」 \n"
_KATAKANA = re.compile("[ァ-ヶー]{2}")
_NEXT = 3  # characters between a comma and the next person
_INFLECTED = ("動詞", "形容詞", "助動詞")
_LONGEST_WORD = 8  # characters; longer ones are compounds of which a part may be meant


@dataclass(frozen=True, slots=True)
class Prepared:
    """One text on its way: tidied, folded (mapping to the tidied text), cut into words, with the people in it.

    `spelled`: what the models read, when a word is spelled differently there; long units then lie in it."""

    tidied: Folded
    folded: Folded
    spelled: Folded | None
    words: Analysis
    identity: tuple[IdentityMark, ...]
    members: tuple[Member, ...]
    mentions: tuple[Mention, ...]

    @property
    def text(self) -> str:
        """The tidied text."""
        return self.tidied.text

    @property
    def modelled(self) -> str:
        """The text the models read."""
        return self.tidied.text if self.spelled is None else self.spelled.text

    def tidy_span(self, start: int, end: int) -> Span:
        """A stretch of the modelled text in the tidied one."""
        return Span(start, end) if self.spelled is None else Span(*self.spelled.span(start, end))

    def whole_words(self) -> Callable[[Span], Span]:
        """Grows a span over the words it cuts, for whoever reads it: 「母は認知」 becomes 「母は認知症」, 「父に怒鳴ら」 「父に怒鳴られた」;
        「滞納。」 loses its stop, 「は足が悪い」 its particle."""
        words = [(t.start, t.end) for t in self.words.long]
        if self.spelled is not None:
            words = [self.spelled.span(*word) for word in words]
        starts = [start for start, _ in words]
        kinds = [token.pos[0] for token in self.words.long]
        light = {word[0]: word[1] for word, kind in zip(words, kinds, strict=True) if kind == "助詞"}
        rest = {  # 怒鳴ら|れ|た
            first[1]: second[1]
            for (first, verb), (second, tail) in pairwise(zip(words, kinds, strict=True))
            if verb in _INFLECTED and tail == "助動詞"
        }

        def around(place: int) -> tuple[int, int]:
            at = bisect_left(starts, place) - 1
            start, end = words[at] if at >= 0 else (place, place)
            return (start, end) if place < end <= start + _LONGEST_WORD else (place, place)

        def whole(span: Span) -> Span:
            start, end = around(span.start)[0], around(span.end)[1]
            while end in rest:
                end = rest[end]
            while end - start > 1 and self.text[end - 1] in _STOPS:
                end -= 1
            while end - start > 1 and (self.text[start] in _STOPS or light.get(start, end) < end):
                start = light.get(start, start + 1)
            return Span(start, end)

        return whole

    def torn(self, start: int, end: int) -> bool:
        """Whether a stretch begins or ends within a katakana word: 「パート」 of アパート, 「もメ」 of もメンタル."""
        return self._within_katakana(start) or self._within_katakana(end)

    def own_part(self, start: int, end: int) -> int:
        """Where a stretch begins that runs over a comma from one person to the next: in 「父は透析、息子無職」 it is 息子無職
        that says who is out of work."""
        inside = [mention for mention in self.mentions if start < mention.end and mention.start < end]
        for first, second in reversed(list(pairwise(inside))):
            comma = self.text.rfind("、", first.end, second.start)
            if comma >= 0 and first.key != second.key and second.start - comma <= _NEXT:
                return comma + 1
        return start

    def _within_katakana(self, place: int) -> bool:
        joined = place > 0 and _KATAKANA.match(self.text, place - 1, place + 1)
        return bool(joined) and all(token.start != place for token in self.tokens)

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The short units."""
        return self.words.short


def spelled_words(text: str) -> tuple[Folded | None, Analysis]:
    """A tidied text in the models' spelling, and its words: long units there, short units in `text` itself."""
    spelled = respell(text)
    if spelled is None:
        return None, analyse(text)
    words = analyse(spelled.text)
    places = [spelled.span(token.start, token.end) for token in words.short]
    short = [token._replace(start=a, end=b) for token, (a, b) in zip(words.short, places, strict=True)]
    return spelled, Analysis(tuple(short), words.long)
