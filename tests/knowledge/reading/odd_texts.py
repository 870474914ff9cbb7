"""Odd texts for fuzzing: fragments of real-sounding messages mixed with kana, kanji, symbols, control characters, emoji."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

CORPUS = Path(__file__).parents[3] / "knowledge" / "corpus"
_PIECES = (
    "ｶﾞｷﾞｸﾞﾋｷｺﾓﾘﾊﾟﾋﾟ", "がぎぐぱぴーーー〜〜", "か\u3099は\u309aか\u3099\u3099", "㍻㌔㈱①⑳ⅣΣİſﬁ", "學齋邊髙﨑礙",
    "\x00\x01\x1f\x7f\u200b\u200d\ufeff\ufe0f", "\ud800\udfff", "😀👨\u200d👩\u200d👧🏳\ufe0f\u200d🌈", "\n\n\r\n\t　 \u2028", "。。、、!?！？…ー",
    "((((（（「『』」）)))", "0901234567809012345678-----", "ななななないないないないない", "はははははがががが、が、が、",
    "S18.3.3昭和六十四年八十二歳",
    "一二三四五六七八九十百千", "母父子娘息子夫妻祖母祖父", "死殴叩蹴滞納借金認知症介護", "aAzZ%_'\";--<b>{{x}}", "\U000e0001\U0010ffff\uffff",
)  # fmt: skip


@lru_cache(maxsize=1)
def _fragments() -> tuple[str, ...]:
    found = []
    for path in sorted(CORPUS.glob("*.jsonl")):
        lines = path.read_text(encoding="utf-8").splitlines()
        found += [json.loads(line)["text"] for line in lines[::40] if line.strip()]
    return tuple(found)


def odd_texts(rng: random.Random, count: int, longest: int = 40) -> Iterator[str]:
    """`count` texts of up to `longest` characters; the same seed gives the same texts."""
    for _ in range(count):
        size = rng.randrange(longest + 1)
        parts: list[str] = []
        while sum(map(len, parts)) < size:
            parts.append(_part(rng))
        yield "".join(parts)[:size]


def _part(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.4:
        text = rng.choice(_fragments())
        start = rng.randrange(len(text))
        return text[start : start + rng.randrange(1, 30)]
    if kind < 0.8:
        piece = rng.choice(_PIECES)
        return "".join(rng.choice(piece) for _ in range(rng.randrange(1, 9)))
    if kind < 0.9:
        return chr(rng.randrange(0x3041, 0x30FF)) * rng.randrange(1, 6)
    return chr(rng.randrange(0x110000))
