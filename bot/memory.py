"""A talk on its way to and from the store: dialogue and transcript as one JSON document, the raw texts apart.

Knows the document's schema and how an older one is refused. Refuses to know SQL and encryption (the store does both).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter

from bot.dialogue import SCHEMA, Dialogue
from bot.views import View
from routing.ports import StoredDialogue

MOST_ENTRIES = 400
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the transcript: what a person did (masked text, or the name of a choice when `chosen`), or a view.

    `number` counts from 1 within the talk and is given by `Talk.logged`.
    """

    who: str
    at: datetime
    text: str = ""
    view: View | None = None
    chosen: bool = False
    number: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """What is stored of a talk, besides what must stay secret."""

    dialogue: Dialogue
    log: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Talk:
    """A talk as it is worked on. `texts`: what was really typed, in order. `code`: the resume code while it holds."""

    conversation: str
    owner: str
    document: Document
    texts: tuple[str, ...] = ()
    version: int = 0
    resume_hash: str = ""
    code: str = ""

    @property
    def dialogue(self) -> Dialogue:
        """The dialogue's value."""
        return self.document.dialogue

    def logged(self, *entries: Entry) -> Talk:
        """The talk with lines added to its transcript; only the latest are kept."""
        last = self.document.log[-1].number if self.document.log else 0
        counted = (replace(entry, number=last + n) for n, entry in enumerate(entries, start=1))
        log = (*self.document.log, *counted)[-MOST_ENTRIES:]
        return replace(self, document=replace(self.document, log=log))

    def with_dialogue(self, dialogue: Dialogue) -> Talk:
        """The talk with a new value of its dialogue."""
        return replace(self, document=replace(self.document, dialogue=dialogue))


def whole_text(texts: Sequence[str]) -> str:
    """Everything typed so far as one text; each part is a sentence of its own."""
    return "\n".join(
        text if text.rstrip().endswith(("。", "！", "？", "!", "?")) else f"{text}。" for text in texts[:-1]
    ) + (("\n" if len(texts) > 1 else "") + texts[-1] if texts else "")


_DOCUMENT: TypeAdapter[Document] = TypeAdapter(Document)


def written(kind: TypeAdapter[T], value: T) -> str:
    """A value as JSON that every store takes: half a character, which JSON's escapes can bring in, becomes a question mark."""
    plain = kind.dump_python(value, mode="json", exclude_defaults=True)
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace").decode()


class DeskFromNewerVersion(Exception):
    """A person's desk was written by a newer version of this program; it is left untouched."""


class TalkFromNewerVersion(Exception):
    """The talk was written by a newer version of this program; it is left untouched."""


def to_stored(talk: Talk, at: datetime) -> StoredDialogue:
    """The talk as the store takes it."""
    return StoredDialogue(
        conversation=talk.conversation,
        owner=talk.owner,
        schema=SCHEMA,
        value=_DOCUMENT.dump_json(talk.document).decode(),
        secret=json.dumps({"texts": list(talk.texts), "code": talk.code}, ensure_ascii=False),
        version=talk.version,
        updated_at=at,
        resume_hash=talk.resume_hash,
    )


def from_stored(stored: StoredDialogue) -> Talk:
    """The talk as it was stored. Raises `TalkFromNewerVersion` for a schema this program does not know."""
    if stored.schema > SCHEMA:
        raise TalkFromNewerVersion(stored.conversation)
    secret: Any = json.loads(stored.secret or "{}")
    return Talk(
        stored.conversation,
        stored.owner,
        _DOCUMENT.validate_json(stored.value),
        tuple(str(text) for text in secret.get("texts", ())),
        stored.version,
        stored.resume_hash,
        str(secret.get("code", "")),
    )
