"""Records of how people say things: expressions and signs, words for relatives, cues that set a mention aside.

Refuses to know how a pattern is matched (reading/patterns.py).
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field as Column

from knowledge.records import Id, Record, Words


class ExpressionKind(StrEnum):
    """How a pattern is matched: exact words, a regular expression, a sequence of dictionary forms, who-does-what slots."""

    PHRASE = "phrase"
    REGEX = "regex"
    LEMMA = "lemma"
    SLOT = "slot"


class Expression(Record):
    """How people say an issue (or a signal). `sure`: words that show it by themselves in whatever text, unless the words
    around them deny it; the models have no say. `firm`: raises it, but the models may doubt it. `weak`: only offers it."""

    target: Id = Column(title="コード")
    kind: ExpressionKind = Column(title="型")
    pattern: str = Column(title="表現", min_length=1)
    polarity: str = Column("present", title="極性", pattern="^(present|suspected)$")
    strength: str = Column("firm", title="強さ", pattern="^(sure|firm|weak)$")
    example: str = Column("", title="例")
    note: str = Column("", title="備考")


class WordGroup(Record):
    """Words that stand for one another in expressions: 〈名前〉 in a pattern means any of them."""

    name: str = Column(title="名前", min_length=1)
    words: Words = Column(title="言葉", min_length=1)


class Relation(Record):
    """How a member of a household is called. `not_after`/`not_before`: neighbours that make it another word."""

    relation: str = Column(title="続柄", min_length=1)
    words: Words = Column(title="言い方", min_length=1)
    sex: str = Column("", title="性別", pattern="^(|f|m)$")
    outside: bool = Column(False, title="世帯の外")
    not_after: str = Column("", title="直前にあると別の語")
    not_before: str = Column("", title="直後にあると別の語")


class ScopeCue(Record):
    """Words beside a mention that say it does not (or only perhaps) hold. `pattern` is a regular expression.

    `side`: where the words stand, seen from the mention; `reach`: at most so many characters away;
    `polarity`: what the mention becomes (`present` lifts an earlier cue: double negation, contrast).
    """

    polarity: str = Column(title="極性", pattern="^(present|suspected|denied|past|resolved|other)$")
    side: str = Column(title="位置", pattern="^(before|after|inside)$")
    pattern: str = Column(title="手がかり", min_length=1)
    reach: int = Column(12, title="届く文字数", ge=0, le=60)
    note: str = Column("", title="備考")
