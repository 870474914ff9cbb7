"""Japanese text made comparable, without losing where each character stood.

Two layers, both pure and idempotent: `tidy` (width, composition, old kanji, spaces, control characters) is still
readable Japanese, for morphology and models; `fold` goes further (case, katakana → hiragana, spelling variants of
one word) and is only for comparing. Each layer is a `Folded` that maps every character back to the original text.
Refuses to know what any word means.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

# Old or variant kanji that staff and family registers still write → the common form.
_KANJI = str.maketrans(
    "學校櫻澤齋齊邊邉髙﨑濵濱廣國圓會體醫藥戀發變號聲讀證譯擔當對應舊緣總繼續轉輕鐵驛龍瀧瀨曾礙碍濟經營榮黑默劍險檢驗懷壞樂觀歡權顏麥黃彌",
    "学校桜沢斎斉辺辺高崎浜浜広国円会体医薬恋発変号声読証訳担当対応旧縁総継続転軽鉄駅竜滝瀬曽害害済経営栄黒黙剣険検験懐壊楽観歓権顔麦黄弥",
)
_DASHES = frozenset("‐‑‒–—―−ｰ﹣－─━")
_WAVES = frozenset("〜～∼∿")
# One word, several spellings → one spelling (longest first). Only used for comparing.
_VARIANTS = {
    "引き籠もり": "ひきこもり", "引き籠り": "ひきこもり", "引き篭もり": "ひきこもり", "引き篭り": "ひきこもり",
    "引きこもり": "ひきこもり", "引き込もり": "ひきこもり", "ひき籠もり": "ひきこもり", "引籠り": "ひきこもり", "引篭り": "ひきこもり",
    "引きこもっ": "ひきこもっ", "引き籠っ": "ひきこもっ", "引き籠もっ": "ひきこもっ", "引き篭っ": "ひきこもっ",
    "障がい": "障害", "しょうがい者": "障害者", "子供": "子ども", "こども": "子ども", "小供": "子ども",
    "ゴミ": "ごみ", "塵": "ごみ", "独り": "一人", "ひとり": "一人", "1人": "一人", "2人": "二人", "ふたり": "二人",
    "無い": "ない", "無く": "なく", "無かっ": "なかっ", "無し": "なし", "出来": "でき", "貰": "もら", "下さ": "くださ",
    "頂": "いただ", "居る": "いる", "居な": "いな", "御飯": "ご飯", "ごはん": "ご飯", "旦那さん": "夫", "旦那": "夫", "だんな": "夫", "主人": "夫",
    "おかあさん": "母", "お母さん": "母", "お母ちゃん": "母", "母親": "母", "おとうさん": "父", "お父さん": "父", "父親": "父",
}  # fmt: skip


def _but(first: int, last: int, without: Iterable[int]) -> str:
    """The characters first…last without some, as ranges of a character class."""
    edges = [first - 1, *sorted(code for code in without if first <= code <= last), last + 1]
    return "".join(f"{chr(a + 1)}-{chr(b - 1)}" for a, b in pairwise(edges) if b - a > 1)


# Characters that stay what they are (no width, kanji or case to change, never part of a cluster); space and ー may double.
_PLAIN = "\\n!-~、。「」・ぁ-ゖァ-ヺ" + _but(0x4E00, 0x9FA5, _KANJI)
_PIECE = re.compile(f"([{_PLAIN}]+)(?![^{_PLAIN}])|[{_PLAIN}]?[^{_PLAIN}]+")
_LONG_VOWEL = re.compile("(?<=[ァ-ヺ])-(?=[ァ-ヺ])")  # アルコ-ル
_TO_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_MARKS = "\u3099\u309a\uff9e\uff9f"


@dataclass(frozen=True)
class Folded:
    """A text in a comparable form. Character `i` of `text` came from `original[starts[i]:ends[i]]`."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    length: int

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original text that `text[start:end]` came from."""
        if start >= end:
            at = self.starts[start] if start < len(self.starts) else self.length
            return at, at
        return self.starts[start], self.ends[end - 1]

    @cached_property
    def _first(self) -> dict[int, int]:
        found: dict[int, int] = {}
        for index, (start, end) in enumerate(zip(self.starts, self.ends, strict=True)):
            for place in range(start, end):
                found.setdefault(place, index)
        return found

    def index_of(self, place: int) -> int:
        """The first character of `text` that came from position `place` of the original or after it."""
        while place < self.length:
            if place in self._first:
                return self._first[place]
            place += 1
        return len(self.text)


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """A character with the marks that follow it, also behind characters that will be dropped."""
    joins = [False] * (len(text) + 1)
    for index in range(len(text) - 1, 0, -1):
        char = text[index]
        joins[index] = char in _MARKS or unicodedata.combining(char) > 0 or (joins[index + 1] and _dropped(char))
    start = 0
    for index in range(1, len(text) + 1):
        if not joins[index]:
            yield start, index
            start = index


def _dropped(char: str) -> bool:
    return not char.isspace() and (unicodedata.category(char) in _DROPPED or char in "\ufe0f\ufe0e")


@lru_cache(maxsize=16384)
def _tidy_cluster(cluster: str) -> str:
    out = []
    kept = "".join(char for char in cluster if not _dropped(char))
    for char in unicodedata.normalize("NFKC", kept).translate(_KANJI):
        if char in _DASHES:
            out.append("ー" if char in "ｰ" else "-")
        elif char in _WAVES:
            out.append("〜")
        elif char == "\n":
            out.append("\n")
        elif char.isspace():
            out.append(" ")
        elif _dropped(char):
            continue
        else:
            out.append(char)
    return "".join(out)


def tidy(text: str) -> Folded:
    """Readable, comparable Japanese: NFKC, full and half width, old kanji; control characters are dropped.

    `tidy(tidy(x).text).text == tidy(x).text`.
    """
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for piece in _PIECE.finditer(text):
        frm, to = piece.span()
        if piece[1] is not None:
            chars.extend(piece[1])
            starts.extend(range(frm, to))
            ends.extend(range(frm + 1, to + 1))
            continue
        for start, end in _clusters(text[frm:to]):
            for char in _tidy_cluster(text[frm + start : frm + end]):
                if char in " ー" and chars and chars[-1] == char:
                    ends[-1] = frm + end
                    continue
                chars.append(char)
                starts.append(frm + start)
                ends.append(frm + end)
    return Folded("".join(chars), tuple(starts), tuple(ends), len(text))


def _plain(text: str) -> str:
    """Katakana → hiragana, lower case; as many characters as before."""
    whole = text.translate(_TO_HIRAGANA).lower()
    return whole if len(whole) == len(text) and "Σ" not in text else "".join(map(_kana, text))


def _kana(char: str) -> str:
    """Katakana → hiragana; other characters unchanged, lower case."""
    code = ord(char)
    if 0x30A1 <= code <= 0x30F6:
        return chr(code - 0x60)
    lowered = char.lower()
    return lowered if len(lowered) == 1 else char


def fold(text: str | Folded) -> Folded:
    """The comparing form of a text (or of an already tidied one, keeping its map to the original)."""
    base = text if isinstance(text, Folded) else tidy(text)
    plain = _plain(_LONG_VOWEL.sub("ー", base.text))
    if FOLDED_VARIANT.search(plain) is None:
        return Folded(plain, base.starts, base.ends, base.length)
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def copy(frm: int, to: int) -> None:
        chars.extend(plain[frm:to])
        starts.extend(base.starts[frm:to])
        ends.extend(base.ends[frm:to])

    at = 0
    for match in FOLDED_VARIANT.finditer(plain):
        copy(at, match.start())
        start, end = base.starts[match.start()], base.ends[match.end() - 1]
        for char in FOLDED_VARIANTS[match.group()]:
            chars.append(char)
            starts.append(start)
            ends.append(end)
        at = match.end()
    copy(at, len(plain))
    return Folded("".join(chars), tuple(starts), tuple(ends), base.length)


def respell(text: str) -> Folded | None:
    """A tidied text with one spelling for the words that models must not miss by their spelling (障がい, ヒキコモリ, 子供);
    positions map to `text`. None when nothing changes."""
    plain = _plain(text)
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for match in _RESPELLED.finditer(plain):
        start, end = match.span()
        word = _ONE_SPELLING[match.group()]
        if text[start:end] == word:
            continue
        chars.extend((*text[at:start], *word))
        starts.extend((*range(at, start), *[start] * len(word)))
        ends.extend((*range(at + 1, start + 1), *[end] * len(word)))
        at = end
    if not at:
        return None
    chars.extend(text[at:])
    starts.extend(range(at, len(text)))
    ends.extend(range(at + 1, len(text) + 1))
    return Folded("".join(chars), tuple(starts), tuple(ends), len(text))


FOLDED_VARIANTS = {"".join(map(_kana, key)): value for key, value in _VARIANTS.items()}
FOLDED_VARIANTS = {key: value for key, value in FOLDED_VARIANTS.items() if key != value}
FOLDED_VARIANT = re.compile("|".join(sorted(map(re.escape, FOLDED_VARIANTS), key=len, reverse=True)))
_MEANT = ("ひきこもり", "ひきこもっ", "障害", "障害者", "子ども", "ごみ")
_ONE_SPELLING = {**{word: word for word in _MEANT}, **{k: v for k, v in FOLDED_VARIANTS.items() if v in _MEANT}}
_RESPELLED = re.compile("|".join(sorted(map(re.escape, _ONE_SPELLING), key=len, reverse=True)))
