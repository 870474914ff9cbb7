"""Whose issue a mention is, as clues for a trained ranker: each member and the household with what speaks for them.

Works on tidied text. Knows particles, order, quotes and who commonly has which issue only as names of clues; what a clue
is worth was learnt (knowledge/training/whose.py). Outsiders may be chosen too: neighbours have troubles of their own.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from knowledge.reading.holders import ADNOMINAL
from knowledge.reading.members import SELF, Mention
from knowledge.reading.model import HOUSEHOLD, Member

_PARTICLE = re.compile(
    r"(?:さん|ちゃん|くん|様|たち|ら)?\s?(?:[(（][^)）]{1,10}[)）])?\s?(?:[0-9]{1,3}(?:代|歳|才)?)?(?:[(（][^)）]{1,8}[)）])?\s?"
    r"(からは|から|より|とも|には|にも|とは|では|って|は|が|も|を|に|の|と|で|へ|や|、|。|「|:|・)?"
)
_STOP = re.compile(r"[。\n!?]")
_BREAK = re.compile(r"[。\n!?、,「」()（）]")
_QUOTE = re.compile(r"「[^」]*」|『[^』]*』")
_TOGETHER = re.compile(r"夫婦|一家|家族|世帯|二人|親子|母子|父子|きょうだい|姉妹|兄弟|家に|の家")
_SPEAKS = re.compile(
    r"(?:さん|ちゃん)?\s?(?:[0-9]{1,3}(?:代|歳|才)?)?"
    r"(?:から(?:。|、|電話|の電話|相談|の相談|連絡)|より|が(?:電話|来|相談|窓口|泣)|の(?:相談|電話|話))"
)
_SAID_LAST = re.compile(r"(?:さん)?\s?(?:[0-9]{2})?。?$")
# 「骨折したのは父でなく母」, 「飲むのは兄の方」: who it is, and who it is not.
_CLEFT = re.compile(r"(?:の|ん)(?:は|が)(?:、|実は|むしろ)?$")
_NOT = re.compile(r"(?:さん)?(?:の(?:方|ほう))?(?:では|じゃ|で|や)(?:は)?(?:なく|のうて|なしに)")
_INSTEAD = re.compile(r"(?:では|じゃ|で|や)(?:は)?(?:なく(?:て)?|のうて|なしに)、?$")
_TOPICS = frozenset({"は", "には", "も", "とは"})
_NUMBERS = "0123456789"
_DISTANCES = (0, 2, 5, 9, 15, 30)
_EARLIEST = 6  # of the people named before a mention so many, the nearest first, may be meant
_MOST_KNOWN = 20_000
Clues = list[tuple[str, list[str]]]


@dataclass(frozen=True, slots=True)
class Scene:
    """What does not depend on the mention: people and the particle behind each, sentences, clauses, quotes."""

    text: str
    members: tuple[Member, ...]
    mentions: tuple[Mention, ...]
    particles: tuple[str, ...]
    roles: tuple[tuple[str, ...], ...]
    stops: tuple[int, ...]
    breaks: tuple[int, ...]
    quotes: tuple[tuple[int, int], ...]
    always: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=8)
def scene_of(text: str, members: tuple[Member, ...], mentions: tuple[Mention, ...]) -> Scene:
    """The scene of one message."""
    known = {member.key for member in members}
    named = tuple(m for m in mentions if m.key in known)
    return Scene(
        text,
        members,
        named,
        tuple(_particle(text, m.end) for m in named),
        tuple(_roles(text, number, m) for number, m in enumerate(named)),
        tuple(match.start() for match in _STOP.finditer(text)),
        tuple(match.start() for match in _BREAK.finditer(text)),
        tuple(match.span() for match in _QUOTE.finditer(text)),
        {member.key: _always(member, members, named) for member in members},
    )


def _particle(text: str, at: int) -> str:
    match = _PARTICLE.match(text, at)
    return (match and match[1]) or "-"


def _roles(text: str, number: int, mention: Mention) -> tuple[str, ...]:
    roles = []
    if _SPEAKS.match(text, mention.end):
        roles.append("speaks")
    if text[mention.start - 1 : mention.start] == "と" and _SAID_LAST.match(text, mention.end):
        roles.append("said last")
    if number == 0:
        roles.append("first")
    before = text[max(0, mention.start - 8) : mention.start]
    if _CLEFT.search(before):
        roles.append("cleft")
    if _NOT.match(text, mention.end):
        roles.append("not")
    if _INSTEAD.search(before):
        roles.append("instead")
    return tuple(roles)


def _always(member: Member, members: Sequence[Member], named: Sequence[Mention]) -> tuple[str, ...]:
    """Clues of a person that hold for every mention; those that end in a colon are completed by the code."""
    inside = sum(not m.outside for m in members)
    relation = member.relation.rstrip(_NUMBERS)
    age = "minor" if member.minor else "aged" if member.aged else "adult" if member.minor is False else "unknown"
    clues = [f"r:{relation}", f"r:{relation}:", f"age:{age}:"]
    if member.outside:
        clues.append("outside")
    elif inside == 1:
        clues += ["only", "only:"]
    if member.age is not None:
        clues.append("has age")
    if not any(m.key == member.key for m in named):
        clues.append("unmentioned")
    if relation.startswith(SELF):
        clues += [f"self:{member.age_from is not None}", f"self of {min(inside, 4)}"]
    return tuple(clues)


def clues(s: Scene, start: int, end: int, code: str) -> Clues:
    """Every member and the household with all their clues."""
    here = _here(s, start, end, code)
    return [(key, [*_completed(s.always.get(key, ()), code), *names]) for key, names in here]


def _completed(always: tuple[str, ...], code: str) -> list[str]:
    return [clue + code if clue[-1] == ":" else clue for clue in always]


def _here(s: Scene, start: int, end: int, code: str) -> Clues:
    """Every member and the household with the clues of this one mention."""
    sentence = bisect_left(s.stops, start)
    first = s.stops[sentence - 1] + 1 if sentence else 0
    last = s.stops[sentence] if sentence < len(s.stops) else len(s.text)
    number = bisect_left(s.breaks, start)
    clause = s.breaks[number - 1] + 1 if number else 0
    found: dict[str, list[str]] = {member.key: [] for member in s.members}
    places = range(len(s.mentions))
    inside = [i for i in places if start <= s.mentions[i].start < end]
    after = [i for i in places if end <= s.mentions[i].start < last]
    before = [i for i in places if s.mentions[i].end <= start]
    earlier = s.stops[sentence - 2] + 1 if sentence >= 2 else 0
    _inside(s, inside, start, end, code, found)
    _after(s, after[:3], end, code, found)
    _before(s, before, (first, earlier, clause), start, code, found)
    _quoted(s, start, end, found)
    for i in places:
        for role in s.roles[i]:
            found[s.mentions[i].key] += [role, f"{role}:{code}"]
    near = [i for i in before if s.mentions[i].start >= first]
    free = not any(s.mentions[i].start >= clause and s.particles[i] in ("は", "が", "も") for i in near)
    household = _household(s, code, bool(inside), bool(near), free)
    household += ["together"] * bool(_TOGETHER.search(s.text, start, end))
    household += ["together before"] * bool(_TOGETHER.search(s.text, first, start))
    return [*found.items(), (HOUSEHOLD, household)]


def _household(s: Scene, code: str, inside: bool, near: bool, free: bool) -> list[str]:
    people = sum(not m.outside for m in s.members)
    clues = ["all", f"all:{code}", f"all of {min(people, 4)}", f"all of {min(people, 3)}:{code}"]
    clues += ["all, one inside"] * inside + ["all, one near"] * near
    return [*clues, "all, no subject", f"all, no subject:{code}"] if free else clues


def _inside(s: Scene, numbers: list[int], start: int, end: int, code: str, found: dict[str, list[str]]) -> None:
    for nth, i in enumerate(numbers):
        mention, particle = s.mentions[i], s.particles[i]
        clues = found[mention.key]
        clues += [
            f"in {particle}", f"in {particle}:{code}", f"in #{min(nth, 2)}",
            f"in {particle} {s.mentions[i].key.rstrip(_NUMBERS)}",
        ]  # fmt: skip
        if mention.start == start:
            clues.append(f"in begin {particle}")
        if mention.end >= end - 4:
            clues += ["in end", f"in end:{code}"]


def _after(s: Scene, numbers: list[int], end: int, code: str, found: dict[str, list[str]]) -> None:
    for nth, i in enumerate(numbers):
        mention = s.mentions[i]
        clues, between = found[mention.key], s.text[end : mention.start]
        clues.append(f"after #{nth}")
        if len(between) <= 8 and ADNOMINAL.match(between):
            clues += ["adnominal", f"adnominal:{code}"]
        if len(between) <= 3:
            clues.append(f"after {between}")
        if len(between) <= 8 and _CLEFT.search(between):
            clues.append("after cleft, not" if "not" in s.roles[i] else "after cleft")
        if "instead" in s.roles[i]:
            clues.append("after instead")
        if nth == 0:
            clues += [f"after far {bisect_left(_DISTANCES, len(between))}", f"after with {s.particles[i]}"]


def _before(
    s: Scene, numbers: list[int], edges: tuple[int, int, int], start: int, code: str, found: dict[str, list[str]]
) -> None:
    first, earlier, clause = edges
    seen: set[str] = set()
    for i in reversed(numbers):
        mention, particle = s.mentions[i], s.particles[i]
        if mention.key in seen:
            continue
        where = "here" if mention.start >= first else "last" if mention.start >= earlier else "far"
        rank = min(len(seen), 3)
        seen.add(mention.key)
        clues = found[mention.key]
        far = bisect_left(_DISTANCES, start - mention.end)
        clues += [f"#{rank} {where}", f"#{rank} {where} {particle}", f"{where} {particle}", f"far {far} {particle}"]
        clues.append(f"before {particle}:{code}" if where == "here" else f"earlier {particle}:{code}")
        if mention.start >= clause:
            clues.append(f"clause {particle}")
        if len(seen) == _EARLIEST:
            break
    topic = next((i for i in reversed(numbers) if s.particles[i] in _TOPICS), None)
    if topic is not None:
        here = s.mentions[topic].start >= first
        found[s.mentions[topic].key] += ["topic", "topic here" if here else "topic before"]
    subject = next((i for i in reversed(numbers) if s.particles[i] == "が"), None)
    if subject is not None and s.mentions[subject].start >= first:
        found[s.mentions[subject].key].append("subject")


def _quoted(s: Scene, start: int, end: int, found: dict[str, list[str]]) -> None:
    quote = next(((a, b) for a, b in s.quotes if a < start < b or (a <= start and end <= b)), None)
    if quote is None:
        return
    for i, mention in enumerate(s.mentions):
        if 0 <= quote[0] - mention.end <= 6:
            found[mention.key].append(f"quote by {s.particles[i]}")
        if 0 <= mention.start - quote[1] <= 4:
            found[mention.key].append(f"quote of {s.particles[i]}")


def _corrected(s: Scene, start: int) -> set[str]:
    """Of whom the mention's own sentence says that it is somebody else (「父でなく母」)."""
    if not any("instead" in roles for roles in s.roles):
        return set()
    sentence = bisect_left(s.stops, start)
    first = s.stops[sentence - 1] + 1 if sentence else 0
    last = s.stops[sentence] if sentence < len(s.stops) else len(s.text)
    return {m.key for m, roles in zip(s.mentions, s.roles, strict=True) if "not" in roles and first <= m.start < last}


@dataclass(frozen=True, slots=True)
class Whose:
    """What each clue is worth."""

    worth: Mapping[str, float]
    known: dict[tuple[tuple[str, ...], str], float] = field(default_factory=dict, compare=False, repr=False)

    def holder(
        self, text: str, start: int, end: int, code: str, members: tuple[Member, ...], mentions: tuple[Mention, ...]
    ) -> str:
        """The key of the member whose issue `text[start:end]` most likely is, or 世帯."""
        get, scene = self.worth.get, scene_of(text, members, mentions)
        best, found, gone = -1e9, HOUSEHOLD, _corrected(scene, start)
        for key, names in _here(scene, start, end, code):
            if key in gone:
                continue
            worth = self.always(scene.always.get(key, ()), code) + sum([get(clue, 0.0) for clue in names])
            if worth > best:
                best, found = worth, key
        return found

    def always(self, clues: tuple[str, ...], code: str) -> float:
        """What the clues that hold for every mention are worth for a code; people are much alike from text to text."""
        known = self.known.get((clues, code))
        if known is None:
            if len(self.known) >= _MOST_KNOWN:
                self.known.clear()
            known = self.known[clues, code] = sum(self.worth.get(clue, 0.0) for clue in _completed(clues, code))
        return known

    @classmethod
    def of(cls, z: Mapping[str, NDArray[np.generic]]) -> Whose:
        """From the tables of a file: names in one text, one number of 1/1000 each."""
        names = bytes(z["names"].tolist()).decode("utf-8").split("\n")
        return cls(dict(zip(names, (z["worth"].astype(np.int32) / 1000).tolist(), strict=True)))

    def tables(self) -> dict[str, NDArray[np.generic]]:
        """What a file holds."""
        names = np.frombuffer("\n".join(self.worth).encode("utf-8"), np.uint8)
        return {"names": names, "worth": np.rint(np.array(list(self.worth.values())) * 1000).astype(np.int16)}
