"""Records of 会議体: kinds with their law, and a town's own bodies with basis, consent, secrecy, members and cadence."""

from __future__ import annotations

from pydantic import Field as Column

from knowledge.records import Dated, Id, Record, SourceStatus


class MeetingKind(Record):
    """A kind of 会議体 and its canonical name; towns call theirs as they like."""

    code: Id
    label: str
    field: str = ""
    law: str
    article: str
    consent: str = Column(pattern="^(required|not_required|in_part)$")
    secrecy: str
    status: SourceStatus
    sources: tuple[str, ...] = ()


class Cadence(Record):
    """When a body meets. Dates are derived from it, never stored.

    `every`: `ad_hoc`, `weekly`, `monthly`, or `yearly`; `weekday` 0 = Monday; `nth` 1..4 or -1 (last) in the month;
    `months` limits `monthly`/`yearly` to those months. `agenda_days`: working days before the meeting by which
    the agenda must be in.
    """

    every: str = Column("ad_hoc", pattern="^(ad_hoc|weekly|monthly|yearly)$")
    weekday: int = Column(0, ge=0, le=6)
    nth: int = Column(1, ge=-1, le=5)
    months: tuple[int, ...] = ()
    agenda_days: int = Column(5, ge=0, le=60)
    text: str = ""


class LegalBasis(Record):
    """One law and article a meeting body stands on."""

    law: str
    article: str = ""
    status: SourceStatus


class MeetingBody(Dated):
    """会議体 of a town: what it may do, for whom, under which secrecy, and when it meets."""

    id: Id
    kind: Id
    name: str
    kana: str = ""
    aliases: tuple[str, ...] = ()
    bases: tuple[LegalBasis, ...] = ()
    consent: str = Column("not_required", pattern="^(required|not_required|in_part)$")
    serves_as: tuple[str, ...] = ()
    secrecy: str = ""
    convenor: str = ""
    secretariat: str = ""
    members: tuple[str, ...] = ()
    members_text: str = ""
    fields: tuple[str, ...] = ()
    target: str = ""
    cadence: Cadence = Cadence()
