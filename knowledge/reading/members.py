"""Who is in the text: relation words and ages → members, each mentioned once or more.

Works on tidied text. Knows relation words (data of the pack) and how ages stand beside them. Refuses to know issues.
A person known only by age or sex (「80代女性」, 「谷さん43、」) is 本人, a minor known only by age is 子; where
nobody of the household is named at all there still is 本人. People known only as a number (「きょうだい3人」) are one
member with a count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from knowledge.catalogue import Relation
from knowledge.reading.ages import Age, find_ages, number
from knowledge.reading.model import Member, Span

_SEXED = {
    "女性": "本人女性", "男性": "本人男性", "女": "本人女性", "男": "本人男性", "女子": "本人女子", "男子": "本人男子",
    "女の人": "本人女性", "男の人": "本人男性", "女児": "本人女児", "男児": "本人男児",
}  # fmt: skip
_GROWN_SEXED = frozenset({"本人女性", "本人男性"})
_FULL_STOP = re.compile(r"[。\n!?]")
_SEX = re.compile(
    r"(?:女の人|男の人|女性|男性|女子|男子|女児|男児"
    r"|(?:(?<=[代歳才)0-9])|(?<=[代歳才0-9]の))(?:女(?!房|の?子|児|性|の人)|男(?!児|の?子|性|の人)))"
    r"(?!問題|相談員?|支援|関係)"
)
_AFTER_RELATION = re.compile(r"(?:さん|ちゃん|くん|さま|様|方)?\s?[は、,がも:・]?\s?[(（]?\s?")
_BEFORE_RELATION = re.compile(
    r"[)）]?(?:くらい|ぐらい|前後)?(?:の|で)?(?:[^\s。、,.!?「」()（）]{0,6}の)?"
    r"(?:実の|同居の|独身の|一人|上の|下の|別居の)?"
)
_COUNT = re.compile(r"^(?:[がはも]|ら|たち)?\s?(?:(?P<n>[2-9二三四五六七八九])人|(?P<k>ふたり|さんにん))")
_UNIT = (
    "人|回|万|円|月|日|時|年|つ|%|度|本|枚|匹|頭|週|分|k|m|割|件|台|キ|代|歳|才|ヶ|か月|カ月|級|杯|袋|箱|億|千|番"
    "|軒|社|錠|針|泊|ml|g"
)
_BARE_AFTER = re.compile(rf"(?:さん)?([0-9]{{1,3}})(?![0-9.,]|{_UNIT})")
_BARE_BEFORE = re.compile(
    r"(?:^|[^0-9.小中高大護援度級支/月年第約])"
    r"(?:([0-9]{1,2})|([1-9][0-9]|[二三四五六七八九]?十[一二三四五六七八九]?)の)$"
)
_BARE_SELF = re.compile(
    r"(?:^|[。、\s「『(/・]|の|さん|様|氏|君|[一-龥](?<![月日級度護援小中高大第約計全各毎後前上下圧数]))"
    r"([1-9][0-9]|10[0-9])(?=[、。「『\s]|の(?:常連|方|人|一人|独居|店主|元|職人)|独居|ひとり|一人|$)"
)
_A_PERSON = re.compile(r"(?:くらい)?(?:の)?(?:方|人|独居|一人|ひとり|無職|で)|[、,。は)）とがも「『]|夫婦|$")
_NOT_A_CHILD = re.compile(
    r"(?:半)?(?:の(?:頃|ころ|時|とき)|から|まで|児?健診|児?検診|以下|未満|以上|になれば|になったら)"
)
_GROWN = 15
_SPEAKS = 9  # years (小4): on the corpus 「本人」 beside a younger child is mostly its parent
# Whoever is one of these is no small child: the age beside the word is somebody else's (「小5、母はうつで」, 「0歳児の母」).
GROWN_UP = frozenset(
    {
        "母", "父", "両親", "親", "夫", "妻", "祖母", "祖父", "祖父母", "曾祖母", "曾祖父", "義母", "義父", "叔母", "叔父",
        "嫁", "婿", "夫婦", "内縁の夫", "内縁の妻", "元夫", "元妻", "里親", "養父", "養母", "義兄", "義姉", "義弟", "義妹",
    }
)  # fmt: skip
_SCHOOLS = frozenset("小中高")
_OF_CHILDREN = re.compile(
    "子(?:ども|供|[らはがをにのと、。」]|[0-9一二三四五六])|こども|赤ちゃん|赤ん坊|乳児|幼児|園児|児童|生徒|[1-6]年生|小学|中学|高校|学童|保育|幼稚園"
    "|児?健診|ミルク|哺乳|育児|子育て|育て|お迎え|担任|養護の先生|ベビー|おっぱい|母子|父子|男児|女児|孫|未就学|登校|入学|迎えの[母父]|宿題|学習塾|塾に|受験|連絡帳|通知表|テスト[がので]"
)
SELF = "本人"
CHILD = "子"
_NOBODY = re.compile(
    r"(?:は|も|が)?(?:誰も|一人も|[^。、]{1,3}も)?(?:なし|な[いく](?=[。、で]|$)|いな[いく]|おらん|おらず|いません|ゼロ)"
)
_NUMBERS = {"ふたり": 2, "さんにん": 3, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}


@dataclass(frozen=True, slots=True)
class Mention:
    """A member named at one place of the tidied text."""

    key: str
    start: int
    end: int
    outside: bool


def speaks_of_children(text: str) -> bool:
    """Whether any word of a tidied text is about a child, be it a member or not (「4か月健診」, 「ミルクの回数」)."""
    return _OF_CHILDREN.search(text) is not None


class MemberReader:
    """Finds members with the relation words of a pack."""

    def __init__(self, relations: Iterable[Relation]) -> None:
        self._by_word: dict[str, Relation] = {}
        for relation in sorted(relations, key=lambda r: r.relation):
            for word in relation.words:
                self._by_word.setdefault(word, relation)
        words = sorted(self._by_word, key=lambda w: (-len(w), w))
        self._pattern = re.compile("|".join(re.escape(word) for word in words)) if words else re.compile(r"(?!)")

    def read(self, text: str, on: date) -> tuple[tuple[Member, ...], tuple[Mention, ...]]:
        """Members (spans in the tidied text) and every place where one is named, in text order."""
        places = self._relation_places(text)
        ages = list(find_ages(text, on))
        members: dict[str, Member] = {}
        mentions: list[Mention] = []
        for start, end, relation in places:
            age = self._age(text, (start, end, relation), ages, places)
            self._add(members, mentions, relation.relation, relation.outside, start, end, age, _count(text, end))
        self._add_self(text, ages, members, mentions)
        mentions = _one_self(text, members, sorted(mentions, key=lambda m: (m.start, m.end)))
        return tuple(sorted(members.values(), key=lambda m: m.span.start if m.span else 0)), tuple(mentions)

    def _age(
        self, text: str, place: tuple[int, int, Relation], ages: list[Age], places: list[tuple[int, int, Relation]]
    ) -> Age | None:
        """The age of one relation word; what the word takes is no longer in `ages`."""
        start, end, relation = place
        grown = relation.relation in GROWN_UP
        could = [age for age in ages if not grown or (age.high >= _GROWN and age.text[:1] not in _SCHOOLS)]
        age = _take_age(text, start, end, could, places)
        if age is not None:
            ages.remove(age)
            return age
        return _bare_age(text, start, end, ages)

    def _relation_places(self, text: str) -> list[tuple[int, int, Relation]]:
        found = []
        for match in self._pattern.finditer(text):
            relation = self._by_word[match.group()]
            before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
            length = len(match.group())
            if length <= 2 and before and before in relation.not_after:
                continue
            if length <= 3 and after and after in relation.not_before:  # こども家庭センター, 子ども会
                continue
            if not _NOBODY.match(text, match.end()):
                found.append((match.start(), match.end(), relation))
        return found

    def _add_self(self, text: str, ages: list[Age], members: dict[str, Member], mentions: list[Mention]) -> None:
        """People named by sex or by age alone: the person whose consultation it is."""
        for match in _SEX.finditer(text):
            age = next((a for a in ages if 0 <= match.start() - a.end <= 3), None)
            age = age or next((a for a in ages if 0 <= a.start - match.end() <= 2), None)
            if age is not None:
                ages.remove(age)
            else:
                age = _bare_age(text, match.start(), match.start(), ages)
                if age is None and members and len(match.group()) == 1:
                    continue
            self._add(members, mentions, _SEXED[match.group()], False, match.start(), match.end(), age, 1)
        for age in ages:
            if age.high < 18:
                if not _NOT_A_CHILD.match(text, age.end):
                    self._add(members, mentions, CHILD, False, age.start, age.end, age, 1)
            elif age.start == 0 or _A_PERSON.match(text, age.end):
                again = next((m for m in members.values() if (m.age_from, m.age_to) == (age.low, age.high)), None)
                if again is None:
                    self._add(members, mentions, SELF, False, age.start, age.end, age, 1)
                else:
                    mentions.append(Mention(again.key, age.start, age.end, again.outside))
        if not any(member.relation.startswith(SELF) for member in members.values()):
            self._add_bare_self(text, members, mentions)
        if all(member.outside for member in members.values()):
            members[SELF] = Member(SELF, SELF)

    def _add_bare_self(self, text: str, members: dict[str, Member], mentions: list[Mention]) -> None:
        """The first mere number that reads as somebody's age and belongs to nobody else: 「谷さん43、」."""
        taken = {mention.end for mention in mentions}
        for match in _BARE_SELF.finditer(text):
            years, start, end = int(match[1]), match.start(1), match.end(1)
            if years >= _GROWN and not any(end - 6 <= place <= start for place in taken):
                self._add(members, mentions, SELF, False, start, end, Age(start, end, years, years, match[1]), 1)
                return

    def _add(
        self,
        members: dict[str, Member],
        mentions: list[Mention],
        relation: str,
        outside: bool,
        start: int,
        end: int,
        age: Age | None,
        count: int,
    ) -> None:
        key = _key(members, relation, age)
        known = members.get(key)
        if known is None:
            members[key] = _with_age(Member(key, relation, Span(start, end), count=count, outside=outside), age)
        elif known.age_from is None and age is not None:
            members[key] = _with_age(known, age)
        mentions.append(Mention(key, start, end, outside))


def _one_self(text: str, members: dict[str, Member], mentions: list[Mention]) -> list[Mention]:
    """「本人」 beside a person known by sex (「80代女性、本人は…」) is that person, when there is only one; so is somebody known
    by age whom the same sentence then names by sex (「65歳になり手助けが切れると言われた男性」), and a child of school age
    known by age alone (「不登校の小6、本人は…」)."""
    plain = members.get(SELF)
    others = [m for m in members.values() if m.relation.startswith(SELF) and m.key != SELF]
    if plain is not None and not others:
        return _one_child(text, members, mentions, plain)
    if plain is None or len(others) != 1:
        return mentions
    other = others[0]
    if plain.age_from is not None:
        if not _told_later(text, mentions, other):
            return mentions
        members[other.key] = replace(
            other, span=plain.span, age=plain.age, age_from=plain.age_from, age_to=plain.age_to, age_text=plain.age_text
        )
    del members[SELF]
    return [replace(m, key=other.key) if m.key == SELF else m for m in mentions]


def _one_child(text: str, members: dict[str, Member], mentions: list[Mention], plain: Member) -> list[Mention]:
    """「本人」 is the only child that is known by its age alone, unless too young to speak for itself (then it is the parent)."""
    children = [m for m in members.values() if m.relation == CHILD]
    child = children[0] if len(children) == 1 else None
    if child is None or child.span is None or plain.age_from is not None or (child.age_from or 0) < _SPEAKS:
        return mentions
    if text[child.span.start : child.span.end] != child.age_text:
        return mentions
    del members[child.key]
    members[SELF] = replace(child, key=SELF, relation=SELF)
    return [replace(m, key=SELF) if m.key == child.key else m for m in mentions]


def _told_later(text: str, mentions: list[Mention], other: Member) -> bool:
    """Whether the age alone comes first and the sex follows in the same sentence, with nobody else between."""
    places = [number for number, mention in enumerate(mentions) if mention.key in (SELF, other.key)]
    if len(places) < 2 or other.age_from is not None or other.relation not in _GROWN_SEXED:
        return False
    first, second = mentions[places[0]], mentions[places[1]]
    beside = places[1] == places[0] + 1 and (first.key, second.key) == (SELF, other.key)
    return beside and not _FULL_STOP.search(text, first.end, second.start)


def _key(members: Mapping[str, Member], relation: str, age: Age | None) -> str:
    """The relation itself; a second person of the same relation (another age) gets a number."""
    for nth in range(1, 20):
        key = relation if nth == 1 else f"{relation}{nth}"
        known = members.get(key)
        if known is None or age is None or known.age_from is None:
            return key
        if (known.age_from, known.age_to) == (age.low, age.high):
            return key
    return relation


def _with_age(member: Member, age: Age | None) -> Member:
    if age is None:
        return member
    return replace(member, age=age.exact, age_from=age.low, age_to=age.high, age_text=age.text)


def _take_age(text: str, start: int, end: int, ages: list[Age], places: list[tuple[int, int, Relation]]) -> Age | None:
    """The age that belongs to the relation word at start…end."""
    for age in ages:
        between = text[end : age.start]
        if 0 <= age.start - end <= 8 and _AFTER_RELATION.fullmatch(between) and not _leads(text, age, end, places):
            return age
    for age in reversed(ages):
        if 0 <= start - age.end <= 12 and _BEFORE_RELATION.fullmatch(text[age.end : start]):
            return age
    return None


def _bare_age(text: str, start: int, end: int, ages: list[Age]) -> Age | None:
    """An age written as a mere number beside the word: 「息子62」「84男」. Ages with a unit are found elsewhere."""
    match = _BARE_AFTER.match(text[end : end + 8]) if end > start else None
    if match and 0 < int(match[1]) <= 110:
        at = end + match.start(1)
        return Age(at, at + len(match[1]), int(match[1]), int(match[1]), match[1])
    match = _BARE_BEFORE.search(text[max(0, start - 5) : start])
    if match:
        written = match[1] or match[2]
        at = start - (match.end() - match.start(1 if match[1] else 2))
        if 0 < number(written) <= 110 and not any(a.start <= at < a.end for a in ages):
            return Age(at, at + len(written), number(written), number(written), written)
    return None


def _leads(text: str, age: Age, end: int, places: list[tuple[int, int, Relation]]) -> bool:
    """Whether the age rather belongs to the next relation word: 「妻と、80代の母」."""
    if text[end : age.start].strip("、,は がも・と") != "":
        return False
    for start, _, _ in places:
        if start >= age.end:
            return text[age.end : start] in ("の", "代の") and "(" not in text[end : age.start]
    return False


def _count(text: str, end: int) -> int:
    match = _COUNT.match(text[end : end + 6])
    if not match:
        return 1
    if match["k"]:
        return _NUMBERS[match["k"]]
    return int(match["n"]) if match["n"].isdigit() else _NUMBERS[match["n"]]
