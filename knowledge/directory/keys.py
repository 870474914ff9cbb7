"""The comparing keys of names: folded, without spaces and signs, and the parts people leave out.

Knows legal forms (社会福祉法人 …), brackets and town prefixes. Refuses to know which key matters more (scoring.py).
`key(x)` equals `fold(x).text` without signs, computed for many texts at once because a national list has millions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from knowledge.text import FOLDED_VARIANT, FOLDED_VARIANTS, fold

_SLOW = "\0"  # never in a folded text, so it can mark a line whose characters combine
_SIGN = "\x01"  # nor is this: it stands for every sign until spelling variants are settled, then it goes
_SIGNS = re.compile(r"[^\w\n]|_")
_LONG_VOWELS = re.compile("ー{2,}")
_LEGAL = re.compile(
    r"(?:社会福祉法人|社会医療法人|医療法人(?:社団|財団)?|(?:NPO|ＮＰＯ)法人|特定非営利活動法人|(?:一般|公益)(?:社団|財団)法人"
    r"|学校法人|宗教法人|独立行政法人|株式会社|有限会社|合同会社|[（(](?:福|株|有|医|特非|一社|公社)[）)]|㈱|㈲)[ \u3000]*"
)
_OPENERS = re.compile(r"[ \u3000「『（(・]")
_INSIDE = re.compile(r"[「『（(]([^「『（(」』）)]+)[」』）)]")


class _Characters(dict[int, str]):
    """Code point → folded character, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        combines = unicodedata.combining(char) or char in "\uff9e\uff9f"
        self[code] = folded = _SLOW if combines else _SIGNS.sub(_SIGN, fold(char).text)
        return folded


_CHARACTERS = _Characters()


def keys(texts: Sequence[str]) -> list[str]:
    """The key of each text, in one sweep."""
    if not texts:
        return []
    plain = "\n".join([text.replace("\n", " ") if "\n" in text else text for text in texts]).translate(_CHARACTERS)
    if _SLOW in plain:
        slow = {number for number, line in enumerate(plain.split("\n")) if _SLOW in line}
        rest = iter(keys([text for number, text in enumerate(texts) if number not in slow]))
        return [_slow_key(text) if number in slow else next(rest) for number, text in enumerate(texts)]
    if "ーー" in plain:
        plain = _LONG_VOWELS.sub("ー", plain)
    plain = FOLDED_VARIANT.sub(lambda found: FOLDED_VARIANTS[found.group()], plain)
    return plain.replace(_SIGN, "").split("\n")


def _slow_key(text: str) -> str:
    return _SIGNS.sub("", fold(text.replace("\n", " ")).text)


def key(text: str) -> str:
    """The key of one text."""
    return keys([text])[0]


def name_parts(name: str, prefixes: tuple[str, ...] = ()) -> list[str]:
    """What people say of a name when they shorten it: without the town, the legal form, the department, the brackets."""
    if not name.startswith(prefixes) and _OPENERS.search(name) is None and _LEGAL.match(name) is None:
        return []
    found: list[str] = []
    bare = name
    for prefix in prefixes:
        if prefix and bare.startswith(prefix) and len(bare) > len(prefix) + 1:
            bare = bare[len(prefix) :].strip()
            found.append(bare)
    legal = _LEGAL.match(bare)
    if legal and legal.end() < len(bare) - 1:
        bare = bare[legal.end() :]
        found.append(bare)
    if _OPENERS.search(bare) is None:
        return found
    outside = _INSIDE.sub("", bare).strip()
    pieces = outside.split()
    found += [outside, *(pieces[-1:] if len(pieces) > 1 else ())]
    found += [part for part in _INSIDE.findall(bare) if len(part) >= 4 and not part.endswith("内")]
    return [part for part in dict.fromkeys(found) if len(part) > 1 and part != name]


def kana_parts(kana: str) -> list[str]:
    """A reading in several words is also known by each longer word after the first (the department, the town)."""
    return [piece for piece in kana.split()[1:] if len(piece) >= 4] if " " in kana or "\u3000" in kana else []
