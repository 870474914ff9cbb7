"""Whose issue a mention is: the words right after it (認知症の母), the topic before it (息子は…), else the household.

Works on tidied text. Knows which issues belong to a household as a whole. Refuses to know polarity.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.reading.members import GROWN_UP, SELF, Mention
from knowledge.reading.model import HOUSEHOLD, Member

ADNOMINAL = re.compile(
    r"^(?:の|な|がある|のある|を持つ|がある?の|している|してる|してた|していた|中の|だった|という|った|いる|る|た)?"
    r"(?:[0-9]{1,3}(?:代|歳|才)?(?:の)?)?(?:独居の?|一人暮らしの?|無職の?)?$"
)
_TOPIC = re.compile(
    r"^(?:さん|ちゃん|くん|様)?\s?(?:[(（][^)）]{1,8}[)）])?\s?(?:[0-9]{1,3}(?:代|歳|才)?)?\s?(?:は|が|も|には|について|:|、)"
)
_SUBJECT = re.compile(
    r"^(?:さん|ちゃん|くん|様)?\s?(?:[(（][^)）]{1,8}[)）])?\s?(?:[0-9]{1,3}(?:代|歳|才)?)?\s?(?:は|が|も|とも)"
)
_SENTENCE = re.compile(r"[。\n!?]")
OF_HOUSEHOLD = frozenset(
    {
        "poverty", "housing_unstable", "utilities_arrears", "hoarding", "animal_hoarding", "neighbor_trouble",
        "family_conflict", "disaster", "debt", "single_parent", "homeless",
    }
)  # fmt: skip
_GROWN_UP = GROWN_UP | {"本人女性", "本人男性"}
_MALE = frozenset(
    {
        "父", "夫", "息子", "長男", "次男", "三男", "祖父", "兄", "弟", "義父", "叔父", "甥", "婿", "内縁の夫", "元夫",
        "本人男性", "義兄", "義弟",
    }
)  # fmt: skip
_YOUNGER = frozenset(
    {"息子", "娘", "長男", "次男", "三男", "長女", "次女", "三女", "子", "孫", "曾孫", "嫁", "婿", "甥", "姪"}
)
_HUSBANDS = frozenset({"夫", "内縁の夫", "元夫", "父"})
# Who an issue can hardly be about when somebody else is there: who hits is not who is hit.
_HARDLY: dict[str, frozenset[str]] = {
    "young_carer": _GROWN_UP,
    "school_refusal": _GROWN_UP,
    "child_abuse": _GROWN_UP,
    "delinquency": _GROWN_UP,
    "elder_abuse": _YOUNGER,
    "disability_abuse": frozenset({"母", "父", "両親", "親", "祖父", "祖母"}),
    "dv": _HUSBANDS | _YOUNGER,
    "pregnancy": _MALE,
    "dementia": frozenset({"子", "孫", "曾孫"}),
}
_MINORS_ONLY = frozenset({"young_carer", "school_refusal", "child_abuse"})
_CARERS = frozenset({"young_carer", "caregiving_burden", "double_care"})
_BESIDE = 9
_CLOSE = 12
_EVERYBODY = frozenset({"夫婦", "母子"})


def holder_of(
    text: str, start: int, end: int, code: str, members: Sequence[Member], mentions: Sequence[Mention]
) -> str:
    """The key of the member whose issue `text[start:end]` is, or 世帯."""
    by_key = {member.key: member for member in members}
    insiders = [m for m in mentions if not m.outside and m.key in by_key]
    fits = [m for m in insiders if _may_have(by_key[m.key], code)] or insiders
    selves = [m.key for m in members if m.relation.startswith(SELF) and _may_have(m, code)]
    key = _named(text, start, end, code, fits, selves) or _nobody_near(start, fits, selves)
    member = by_key.get(key)
    return HOUSEHOLD if member is not None and member.relation in _EVERYBODY else key


def _named(text: str, start: int, end: int, code: str, fits: Sequence[Mention], selves: Sequence[str]) -> str | None:
    """Who stands in the mention, right behind it or before it in the same sentence."""
    inside = [m for m in fits if start <= m.start < end]
    subjects = [m for m in inside if _SUBJECT.match(text[m.end : m.end + 14])]
    after = [m for m in fits if 0 <= m.start - end <= 8 and ADNOMINAL.match(text[end : m.start])]
    sentence = max((match.end() for match in _SENTENCE.finditer(text, 0, start)), default=0)
    before = [m for m in fits if sentence <= m.start and m.end <= start]
    topics = [m for m in before if _TOPIC.match(text[m.end : m.end + 14])]
    close = [m for m in topics if start - m.end <= _CLOSE and _SUBJECT.match(text[m.end : m.end + 14])]
    if code in OF_HOUSEHOLD and not close:
        return after[0].key if after else HOUSEHOLD
    if code in _CARERS:
        inside = [m for m in inside if text[m.end : m.end + 1] not in ("の", "を", "と")]
    beside = [m for m in before if not selves or m.key in selves or start - m.end <= _BESIDE]
    for found in (subjects[:1], after[:1], inside[:1], topics[-1:], beside[-1:]):
        if found:
            return found[0].key
    return None


def _nobody_near(start: int, fits: Sequence[Mention], selves: Sequence[str]) -> str:
    """The person the consultation is about, else who was named last, else the only one, else 世帯."""
    earlier = [m.key for m in fits if m.end <= start]
    keys = {m.key for m in fits}
    if selves:
        return selves[0]
    if earlier:
        return earlier[-1]
    return keys.pop() if len(keys) == 1 else HOUSEHOLD


def _may_have(member: Member, code: str) -> bool:
    """A child does not suffer elder abuse, an elder is no young carer, a father is not pregnant."""
    if member.relation in _HARDLY.get(code, ()):
        return False
    if code in _MINORS_ONLY:
        return member.minor is not False
    if code == "elder_abuse":
        return member.minor is not True and member.aged is not False
    if code in ("disability_abuse", "dv"):
        return member.minor is not True
    return True


def who_suffers(code: str, holder: str, members: Sequence[Member]) -> str:
    """Abuse is held by whom the law on it protects: when whoever is named cannot be (a grown-up for a child's, somebody
    under 65 for an old person's) and exactly one member is, it is that one. 「父が4歳の娘を叩く」 is the daughter's."""
    named = next((member for member in members if member.key == holder), None)
    if code == "child_abuse" and named is not None and (named.minor is False or named.relation in _GROWN_UP):
        fitting = [member.key for member in members if member.minor and not member.outside]
    elif code == "elder_abuse" and named is not None and (named.aged is False or named.minor):
        fitting = [member.key for member in members if member.aged and not member.outside]
    else:
        return holder
    return fitting[0] if len(fitting) == 1 else holder
