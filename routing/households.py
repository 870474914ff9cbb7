"""Finding a returning household by name and birth date together. Pure.

Gives the words that a keyed hash is made of (the store makes it, and alone knows the key): a match tells only that there was a
case, never what others wrote. Refuses to know hashes and keys.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from knowledge.dates import birth_date_of
from knowledge.text import fold

_SPACES = re.compile(r"[\s・]+")


def marks_of(items: Mapping[str, str]) -> tuple[str, ...]:
    """One mark for everyone whose name and birth date are both among the identity items (`name`, `name@息子` …).

    Names are compared without spaces and in one form of every character. A person with only one of the two gives none: a
    name alone would match strangers.
    """
    found = set()
    for item, name in items.items():
        field, _, member = item.partition("@")
        born = items.get(f"birth_date@{member}" if member else "birth_date", "")
        day = birth_date_of(born) if field == "name" else None
        plain = _SPACES.sub("", fold(name).text)
        if day is not None and plain:
            found.add(f"{plain}|{day.isoformat()}")
    return tuple(sorted(found))
