"""Agencies that the text names, and whether they work on the case, refused or ended, by the words right after.

Knows the short names of the pack (包括, 社協, 児相, 若サポ). Refuses to know which agency would be right (directory).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import ahocorasick

from knowledge.catalogue import Agency, AgencyKind
from knowledge.reading.model import AgencyMention, AgencyState, Span
from knowledge.text import Folded, fold

_REFUSED = re.compile(
    r"^[^。\n]{0,14}?(?:断られ|断った|対象外|対象じゃ|対象では|できないと|できんと|受けられない|受けない|受けず|無理と|うちじゃ|うちでは|不受理|門前払い|管轄|担当じゃ|担当では|権限がな|手を引|降り)"
)
_ENDED = re.compile(r"^[^。\n]{0,10}?(?:終了|終結|閉じ|打ち切|卒業|切れ|やめ(?:た|て))")
_WORKING = re.compile(
    r"^(?:の|が|は|も|と|で|、|・|さん|から)[^。\n]{0,12}?(?:訪問|通って|通い|通院|入って|関わ|担当|支援中|継続|見守|伴走|動いて|対応|利用|毎月|毎週|週[0-9一二三]|連携|続けて|調整)"
)


class AgencyReader:
    """The names of agencies and of kinds of agencies, compiled."""

    def __init__(self, kinds: Iterable[AgencyKind], agencies: Iterable[Agency]) -> None:
        self._automaton: Any = ahocorasick.Automaton()
        names: dict[str, tuple[str, str]] = {}
        for kind in kinds:
            for name in (kind.label, *kind.aliases):
                names.setdefault(fold(name).text, (kind.code, ""))
        for agency in agencies:
            for name in (agency.name, *agency.aliases):
                key = fold(name).text
                known = names.get(key)
                if known is None or known[0] == agency.kind:
                    names[key] = (agency.kind, "" if known else agency.id)
        for name, target in sorted(names.items()):
            if len(name) >= 2:
                self._automaton.add_word(name, (name, target))
        self._automaton.make_automaton()

    def find(self, folded: Folded) -> tuple[AgencyMention, ...]:
        """Every agency named, longest name first; spans in the text that `folded` maps to."""
        found = []
        for last, (name, (kind, agency)) in self._automaton.iter_long(folded.text):
            start, end = last + 1 - len(name), last + 1
            if _inside_word(folded.text, start, end, name):
                continue
            found.append(
                AgencyMention(kind, Span(*folded.span(start, end)), _state(folded.text[end : end + 30]), agency)
            )
        return tuple(found)


def _inside_word(text: str, start: int, end: int, name: str) -> bool:
    """A short Latin or kanji name inside a longer word of the same script is not that agency (cm in cmyk)."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if name.isascii():
        return (before.isascii() and before.isalnum()) or (after.isascii() and after.isalnum())
    return False


def _state(after: str) -> AgencyState:
    if _REFUSED.match(after):
        return AgencyState.REFUSED
    if _ENDED.match(after):
        return AgencyState.ENDED
    if _WORKING.match(after):
        return AgencyState.WORKING
    return AgencyState.NAMED
