"""Words that are commands or answers rather than a situation: 戻る, 中断, 再開 AB12CD, はい, わからない.

The words are data (templates/commands.toml). Refuses to know what the commands do.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.render import TEMPLATES
from bot.turns import Choice
from knowledge.catalogue import Catalogue
from knowledge.directory.search import Directory
from knowledge.text import fold, tidy


@dataclass(frozen=True, slots=True)
class Command:
    """A recognised command with what followed it."""

    name: str
    rest: str = ""


@lru_cache(maxsize=1)
def _words() -> dict[str, str]:
    data = tomllib.loads((TEMPLATES / "commands.toml").read_text("utf-8"))
    return {fold(word).text: name for name, words in data["commands"].items() for word in words}


@lru_cache(maxsize=1)
def _answers() -> dict[str, str]:
    data = tomllib.loads((TEMPLATES / "commands.toml").read_text("utf-8"))
    return {fold(word).text: value for value, words in data["answers"].items() for word in words}


def command_of(text: str) -> Command | None:
    """The command that the whole text is, if any."""
    words = fold(text).text.strip(" 。、!「」").split()
    if not words or len(words) > 2:
        return None
    name = _words().get(words[0])
    return Command(name, words[1] if len(words) > 1 else "") if name and (len(words) == 1 or name == "resume") else None


def answer_of(text: str, question: str, values: tuple[str, ...], labels: tuple[str, ...]) -> Choice | None:
    """The answer that a short text is to the open question: a number, yes/no/don't know, or a choice's own words."""
    plain = fold(text).text.strip(" 。、!「」")
    if plain.isdigit() and 1 <= int(plain) <= len(values):
        return Choice("answer", f"{question}={values[int(plain) - 1]}")
    value = _answers().get(plain)
    if value in values:
        return Choice("answer", f"{question}={value}")
    for candidate, label in zip(values, labels, strict=True):
        if plain and plain == fold(label).text:
            return Choice("answer", f"{question}={candidate}")
    return None


_NUMBER = re.compile(r"(?<![A-Z0-9_-])(?:[A-Z][A-Z0-9_]*-)?\d{4}-\d{1,9}(?![0-9-])")
_PART = re.compile(r"(?:つなぎ|の)?(\d{1,3})(?:番目?|つ目)?")
_SURE = 0.6  # below it, a name is nobody's and the answer says so
_FEW = 8  # characters after 「案件 番号」 that can only be a way of saying it (を開いて)
_ON_REFERRAL = frozenset({"see", "accept", "decline", "record", "withdraw", "link"})


@lru_cache(maxsize=1)
def _case_words() -> dict[str, dict[str, str]]:
    """For each table of the case's words: the comparing form of a word → what it means."""
    data = tomllib.loads((TEMPLATES / "commands.toml").read_text("utf-8"))
    tables = ("case", "board", "stance")
    return {t: {fold(word).text: name for name, words in data[t].items() for word in words} for t in tables}


@lru_cache(maxsize=1)
def _sentence_words() -> dict[str, tuple[str, ...]]:
    data = tomllib.loads((TEMPLATES / "commands.toml").read_text("utf-8"))
    return {name: tuple(fold(word).text for word in words) for name, words in data["sentence"].items()}


def case_choice_of(text: str, catalogue: Catalogue) -> Choice | None:
    """The command about a case that the whole text is (一覧, 案件 番号, 受理 番号 2, 立場 機関名 …), if any.

    A number without its prefix is one of this town. A sentence that brings a numbered case up is the same command.
    """
    plain = tidy(text).text.strip(" 。、「」")
    words = plain.split()
    if not words:
        return None
    head = fold(words[0]).text
    tables = _case_words()
    if tables["board"].get(head) == "all" and len(words) <= 2:
        which = tables["board"].get(fold(words[1]).text) if len(words) == 2 else ""
        return None if which in (None, "all") else Choice("case:board", which or "")
    if tables["stance"].get(head) == "words":
        return _stance(words[1:], catalogue)
    found = _NUMBER.search(plain.upper())
    if found is None:
        return _mistyped(words, catalogue)
    number = _whole_number(found[0], catalogue)
    if found.span() == (0, len(plain)):
        return Choice("case:show", number)
    command = tables["case"].get(fold(plain[: found.start()]).text.strip(" を"))
    rest = plain[found.end() :].strip(" 　、の")
    if command is None or (command == "show" and rest):
        up = _brought_up(plain, found.span(), number)
        return Choice("case:show", number) if up is None and command and len(rest) <= _FEW else up
    return _with_rest(command, number, rest, catalogue)


def _whole_number(number: str, catalogue: Catalogue) -> str:
    prefix, year, count = ("-" + number).rsplit("-", 2)
    return f"{prefix.lstrip('-') or catalogue.pack.id.upper()}-{year}-{count.zfill(4)}"


def _mistyped(words: Sequence[str], catalogue: Catalogue) -> Choice | None:
    """A command with something that can only be meant as a number: the use case says that there is no such case."""
    command = _case_words()["case"].get(fold(words[0]).text)
    typed = words[1].upper() if len(words) > 1 else ""
    digits = sum(char.isdigit() for char in typed)
    meant = typed.isascii() and digits >= 1 and (typed.isdigit() or typed.startswith(catalogue.pack.id.upper()[:2]))
    return Choice(f"case:{command}", typed) if command and meant and len(words) <= 3 else None


def _with_rest(command: str, number: str, rest: str, catalogue: Catalogue) -> Choice:
    """The command with what followed the number: a referral's number, an agency, or words."""
    if command in _ON_REFERRAL or command == "withdraw":
        first, _, words = rest.partition(" ")
        part = _PART.fullmatch(first)
        if part is None and command == "withdraw":
            return Choice("case:call_off", number, _given("text", rest))
        value = f"{number}/{part[1]}" if part else number
        return Choice(f"case:{command}", value, _given("text", words if part else rest))
    if command == "ask":
        return Choice("case:ask", number, _given("agency", _agency(rest, catalogue) if rest else ""))
    if command == "assign":
        desk, _, words = rest.partition(" ")
        named = _given("agency", _agency(desk, catalogue) if desk else "")
        return Choice("case:assign", number, {**named, **_given("text", words)})
    return Choice(f"case:{command}", number, _given("text", rest))


def _given(name: str, words: str) -> dict[str, str]:
    return {name: words.strip()} if words.strip() else {}


def _brought_up(plain: str, number_at: tuple[int, int], number: str) -> Choice | None:
    """「番号 を多機関協働へ上げてください …」: what is said beside it goes along as the reason."""
    words = _sentence_words()
    start, end = number_at
    before = plain[:start].strip(" 、の")
    before = "" if _case_words()["case"].get(fold(before).text) == "show" else before
    sentence, _, more = _cut(plain[end:].strip())
    folded = fold(sentence).text
    asks = any(word in folded for word in words["escalate"]) and any(word in folded for word in words["to"])
    if not asks or any(word in folded for word in words["not"]):
        return None
    return Choice("case:escalate", number, _given("text", f"{before} {more}"))


def _cut(rest: str) -> tuple[str, str, str]:
    """The first sentence of what follows a number, and what is said after it."""
    found = re.search(r"[。\s]", rest)
    return (rest[: found.start()], found[0], rest[found.end() :]) if found else (rest, "", "")


@lru_cache(maxsize=4)
def _directory(catalogue: _Same) -> Directory:
    return Directory.of(catalogue.catalogue)


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """A catalogue as a key of a cache: two are the same when their digest is."""

    catalogue: Catalogue

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.catalogue.digest == other.catalogue.digest

    def __hash__(self) -> int:
        return hash(self.catalogue.digest)


def _agency(words: str, catalogue: Catalogue) -> str:
    """The agency that is meant; what nobody is called comes back as it was typed, so that the use case can say so."""
    if words in catalogue.agencies:
        return words
    exact = [
        a.id for a in catalogue.agencies.values() if fold(words).text in (fold(n).text for n in (a.name, *a.aliases))
    ]
    if len(exact) == 1:
        return exact[0]
    answer = _directory(_Same(catalogue)).search(words, limit=5)
    best = next((m for m in answer.matches if m.kind == "agency" and m.score >= _SURE), None)
    return best.id if best else words


def _stance(words: Sequence[str], catalogue: Catalogue) -> Choice | None:
    """立場 機関名 [役割]; 「立場 なし」 acts for nobody."""
    if not words:
        return None
    meanings = _case_words()["stance"]
    if len(words) == 1 and meanings.get(fold(words[0]).text) == "nobody":
        return Choice("case:act_for", "")
    role = meanings.get(fold(words[-1]).text, "") if len(words) > 1 else ""
    known = role in ("clerk", "coordinator", "supervisor")
    name = " ".join(words[:-1] if known else words)
    return Choice("case:act_for", _agency(name, catalogue), {"role": role} if known else {})
