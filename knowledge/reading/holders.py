"""Whose issue a mention is: the words right after it (認知症の母), the topic before it (息子は…), else the household.

Works on tidied text. Knows which issues belong to a household as a whole. Refuses to know polarity.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.reading.members import Mention
from knowledge.reading.model import HOUSEHOLD, Member

_ADNOMINAL = re.compile(r"^(?:の|な|がある|のある|を持つ|がある?の|している|してる|中の|で|、)?(?:[0-9]{1,3}(?:代|歳|才)?(?:の)?)?$")
_TOPIC = re.compile(r"^(?:さん|ちゃん|くん|様)?\s?(?:[(（][^)）]{1,8}[)）])?\s?(?:[0-9]{1,3}(?:代|歳|才)?)?\s?(?:は|が|も|には|について|:|、|の)")
_SENTENCE = re.compile(r"[。\n!?]")
OF_HOUSEHOLD = frozenset(
    {"poverty", "housing_unstable", "utilities_arrears", "hoarding", "animal_hoarding", "neighbor_trouble", "family_conflict", "disaster", "debt", "single_parent", "homeless"}
)  # fmt: skip
_MINORS_ONLY = frozenset({"young_carer", "school_refusal", "child_abuse"})


def holder_of(
    text: str, start: int, end: int, code: str, members: Sequence[Member], mentions: Sequence[Mention]
) -> str:
    """The key of the member whose issue `text[start:end]` is, or 世帯."""
    by_key = {member.key: member for member in members}
    insiders = [m for m in mentions if not m.outside and m.key in by_key]
    fits = [m for m in insiders if _may_have(by_key[m.key], code)] or insiders
    inside = [m for m in fits if start <= m.start < end]
    after = [m for m in fits if 0 <= m.start - end <= 6 and _ADNOMINAL.match(text[end : m.start])]
    sentence = max((match.end() for match in _SENTENCE.finditer(text, 0, start)), default=0)
    before = [m for m in fits if sentence <= m.start and m.end <= start]
    topics = [m for m in before if _TOPIC.match(text[m.end : m.end + 14])]
    if after:
        return after[0].key
    if inside and code not in OF_HOUSEHOLD:
        return inside[0].key
    if code in OF_HOUSEHOLD and not (topics and start - topics[-1].end <= 12):
        return HOUSEHOLD
    if topics:
        return topics[-1].key
    if before:
        return before[-1].key
    earlier = [m for m in fits if m.end <= start]
    if earlier:
        return earlier[-1].key
    keys = {m.key for m in fits}
    return keys.pop() if len(keys) == 1 else HOUSEHOLD


def _may_have(member: Member, code: str) -> bool:
    """A child does not suffer elder abuse, an elder is no young carer."""
    if code in _MINORS_ONLY:
        return member.minor is not False
    if code == "elder_abuse":
        return member.minor is not True and member.aged is not False
    if code in ("disability_abuse", "dv"):
        return member.minor is not True
    return True
