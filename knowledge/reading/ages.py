"""Ages as clerks write them: 80代, 82歳, (82), 昭和18年生, S18.3.3, 小3, 高2, 年長, 生後2か月.

Works on tidied text. Knows school years and eras; refuses to know whose age it is (members.py). The moment is an
argument because an era year says a birth year, not an age.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

ERAS = {
    "明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018,
    "M": 1867, "T": 1911, "S": 1925, "H": 1988, "R": 2018,
}  # fmt: skip
_KANJI = {char: value for value, char in enumerate("〇一二三四五六七八九")}
_NUM = r"(?:[0-9]{1,3}|[一二三四五六七八九十]{1,4})"
_AGE = re.compile(
    rf"(?P<era>明治|大正|昭和|平成|令和|[MTSHR])\s?(?P<year>[0-9]{{1,2}}|元)(?:年|\.|/)(?:[0-9]{{1,2}}(?:月|\.|/)(?:[0-9]{{1,2}}日?)?)?(?P<born>生まれ|生)?"
    rf"|(?P<decade>{_NUM})代(?P<part>前半|半ば|なかば|後半)?(?!理|表|金|わり)"
    rf"|生後(?P<months>{_NUM})(?:か|ヶ|カ|ケ|ヵ|箇)?月"
    rf"|(?P<months2>{_NUM})(?:か|ヶ|カ|ヵ|ケ|箇)月児"
    rf"|(?P<years>{_NUM})\s?(?:歳|才|さい)(?P<half>半)?(?!未満|以上|以下|まで|から|前|半?児?健診|到達|に達)"
    rf"|(?P<school>小|中|高|大)(?:学校?|校)?(?P<grade>[1-6一二三四五六])(?:年生|年)?(?![0-9人校つ回泊日])"
    rf"|(?P<kinder>年長|年中|年少|新生児|乳児|赤ちゃん|園児|幼児|未就学児?|小学生|中学生|高校生|大学生)"
    rf"|(?<=[(（])(?P<bare>[0-9]{{1,3}})(?=[)）、,・])"
)
_BANDS = {
    "新生児": (0, 0), "乳児": (0, 0), "赤ちゃん": (0, 1), "園児": (3, 6), "幼児": (1, 6), "未就学": (0, 6), "未就学児": (0, 6),
    "年少": (3, 4), "年中": (4, 5), "年長": (5, 6), "小学生": (6, 12), "中学生": (12, 15), "高校生": (15, 18), "大学生": (18, 23),
}  # fmt: skip
_SCHOOL = {"小": 5, "中": 11, "高": 14, "大": 17}


@dataclass(frozen=True, slots=True)
class Age:
    """An age and where it stands in the tidied text; `low` ≤ true age ≤ `high` in years."""

    start: int
    end: int
    low: int
    high: int
    text: str

    @property
    def exact(self) -> int | None:
        """The age when it is one number."""
        return self.low if self.low == self.high else None


def number(text: str) -> int:
    """Arabic or kanji numeral up to 999 (八十二, 82)."""
    if text.isdigit():
        return int(text)
    total, current = 0, 0
    for char in text:
        if char == "十":
            total, current = total + (current or 1) * 10, 0
        else:
            current = current * 10 + _KANJI[char]
    return total + current


def find_ages(text: str, on: date) -> tuple[Age, ...]:
    """Every age in a tidied text, from left to right."""
    found = []
    for match in _AGE.finditer(text):
        band = _band(match, on)
        if band is not None and 0 <= band[0] <= band[1] <= 120:
            found.append(Age(match.start(), match.end(), band[0], band[1], match.group()))
    return tuple(found)


def _band(match: re.Match[str], on: date) -> tuple[int, int] | None:
    group = match.groupdict()
    if group["era"]:
        return _born(group["era"], group["year"], group["born"], on)
    if group["decade"]:
        return _decade(number(group["decade"]), group["part"])
    if group["months"] or group["months2"]:
        years = number(group["months"] or group["months2"]) // 12
        return years, years
    if group["years"]:
        years = number(group["years"])
        return years, years
    if group["school"]:
        low = _SCHOOL[group["school"]] + number(group["grade"])
        return low, low + 1
    if group["kinder"]:
        return _BANDS[group["kinder"]]
    years = int(group["bare"])
    return (years, years) if years <= 110 else None


def _born(era: str, year: str, born: str | None, on: date) -> tuple[int, int] | None:
    if born is None and not (len(era) == 1 and era in "MTS"):
        return None
    age = on.year - ERAS[era] - (1 if year == "元" else int(year))
    return max(age - 1, 0), age


def _decade(decade: int, part: str | None) -> tuple[int, int] | None:
    if decade % 10 or not 10 <= decade <= 110:
        return None
    low, high = {"前半": (0, 4), "半ば": (4, 6), "なかば": (4, 6), "後半": (5, 9)}.get(part or "", (0, 9))
    return decade + low, decade + high
