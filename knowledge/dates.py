"""A birth date as people write it in Japan → a date. Pure.

Knows the eras since 明治, `S18.3.3`, `昭和18年3月3日`, `1943-03-03`, `1943/3/3`, and widths. Refuses to guess: what is not one
whole, real date gives None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from knowledge.text import tidy

# first day of each era (元号を改める政令 and their forerunners); a year number counts from the first year
_ERAS: Mapping[str, tuple[int, date]] = {
    "明治": (1868, date(1868, 10, 23)),
    "大正": (1912, date(1912, 7, 30)),
    "昭和": (1926, date(1926, 12, 25)),
    "平成": (1989, date(1989, 1, 8)),
    "令和": (2019, date(2019, 5, 1)),
}
_LETTERS = {"M": "明治", "T": "大正", "S": "昭和", "H": "平成", "R": "令和"}
_DATE = re.compile(
    r"\s*(?:(?P<era>明治|大正|昭和|平成|令和|[MTSHRmtshr])\s*(?P<n>[0-9]{1,2}|元)|(?P<year>(?:18|19|20)[0-9]{2}))"
    r"\s*[年./-]\s*(?P<month>[0-9]{1,2})\s*[月./-]\s*(?P<day>[0-9]{1,2})\s*日?\s*(?:生まれ|生)?\s*"
)


def birth_date_of(text: str) -> date | None:
    """The date that the whole text is, else None (also for a day outside the era it names)."""
    match = _DATE.fullmatch(tidy(text).text)
    if match is None:
        return None
    year = int(match["year"]) if match["year"] else 0
    name = match["era"] or ""
    era = _ERAS.get(_LETTERS.get(name.upper(), name))
    if era is not None:
        year = era[0] + (1 if match["n"] == "元" else int(match["n"])) - 1
    try:
        day = date(year, int(match["month"]), int(match["day"]))
    except ValueError:
        return None
    later = [start for _, start in _ERAS.values() if era and start > era[1]]
    inside = era is None or (day >= era[1] and (not later or day < min(later)))
    return day if inside else None
