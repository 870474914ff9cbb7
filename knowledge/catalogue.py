"""The frozen records of a knowledge pack: who exists, which meeting bodies, duties, areas, words.

Knows the shape of one record and of a whole `Catalogue`, and the Japanese column title of each field
(a spreadsheet may use either). Refuses to know files, dates "today" and how anything is matched or decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from typing import Any

from pydantic import Field as Column

from knowledge.forms import FormItem as FormItem
from knowledge.forms import FormSection as FormSection
from knowledge.forms import IntakeForm as IntakeForm
from knowledge.meetings import Cadence as Cadence
from knowledge.meetings import LegalBasis as LegalBasis
from knowledge.meetings import MeetingBody as MeetingBody
from knowledge.meetings import MeetingKind as MeetingKind
from knowledge.records import Dated as Dated
from knowledge.records import Id, OptionalInt, Words
from knowledge.records import Record as Record
from knowledge.records import Source as Source
from knowledge.records import Sourced as Sourced
from knowledge.records import SourceStatus as SourceStatus
from knowledge.wording import Expression as Expression
from knowledge.wording import ExpressionKind as ExpressionKind
from knowledge.wording import Relation as Relation
from knowledge.wording import ScopeCue as ScopeCue
from knowledge.wording import WordGroup as WordGroup


class Field(Record):
    """分野. `code` is the label itself (高齢, 障がい, …), as staff and the labelled messages use it."""

    code: str = Column(title="分野", min_length=1)
    order: int = Column(title="順")
    meeting_kind: str = Column("", title="会議体の種類")
    description: str = Column("", title="説明")


class Issue(Record):
    """課題. `fields`: to be involved when present, the first carries the weight; `more_fields`: defensible."""

    code: Id = Column(title="課題コード")
    label: str = Column(title="課題", min_length=1)
    group: str = Column(title="まとまり", min_length=1)
    fields: Words = Column(title="分野", min_length=1)
    more_fields: Words = Column((), title="その他の分野")
    danger: bool = Column(False, title="危険")
    report_item: str = Column("", title="国の標準項目")
    description: str = Column("", title="説明")


class DutyStrength(StrEnum):
    """義務 / 努力義務 / 実務上 (no personal duty in law) / 権限."""

    DUTY = "duty"
    EFFORT = "effort"
    PRACTICE = "practice"
    POWER = "power"


class Duty(Dated):
    """通告・通報義務. When it applies is policy (routing); this is only what the law and practice say."""

    id: Id
    issue: Id
    label: str
    law: str
    article: str
    strength: DutyStrength
    receivers: tuple[str, ...]
    receiver_kinds: tuple[str, ...] = ()
    phone: str = ""
    phone_note: str = ""
    how_fast: str
    threshold: str = ""
    secrecy: str = ""
    do_first: tuple[str, ...] = ()
    do_not: tuple[str, ...] = ()
    status: SourceStatus


class AgencyKind(Record):
    """A kind of agency that exists in many towns, with the short names that staff use for it."""

    code: Id = Column(title="種類")
    label: str = Column(title="名称", min_length=1)
    aliases: Words = Column((), title="通称")
    fields: Words = Column((), title="分野")
    issues: Words = Column((), title="受ける課題")
    needs: Words = Column((), title="困りごとの言葉")
    description: str = Column("", title="説明")


class Agency(Dated):
    """支援関係機関 or desk. What is not known stays empty; an empty phone is shown as 要確認."""

    id: Id = Column(title="ID")
    name: str = Column(title="名称", min_length=1)
    kana: str = Column("", title="よみ")
    kind: str = Column("", title="種類")
    parent: str = Column("", title="所属")
    operator: str = Column("", title="設置形態")
    fields: Words = Column((), title="分野")
    issues: Words = Column((), title="受ける課題")
    needs: Words = Column((), title="困りごとの言葉")
    areas: Words = Column((), title="担当圏域")
    aliases: Words = Column((), title="通称")
    phone: str = Column("", title="電話")
    address: str = Column("", title="所在地")
    hours: str = Column("", title="受付時間")
    reach: str = Column("", title="連絡方法", pattern="^(|chat|phone|paper|mail)$")
    age_min: OptionalInt = Column(None, title="対象年齢から")
    age_max: OptionalInt = Column(None, title="対象年齢まで")
    role: str = Column(
        "", title="役割", pattern="^(|window|fallback|project_team|outreach|participation|provider|partner)$"
    )


class Coordinator(Sourced):
    """連携担当者 by post (係長 …), never by a resident's or staff member's private details."""

    id: Id = Column(title="ID")
    agency: Id = Column(title="機関")
    post: str = Column(title="役職", min_length=1)
    rank: str = Column("coordinator", title="区分", pattern="^(coordinator|deputy|supervisor)$")


class Area(Sourced):
    """圏域."""

    id: Id = Column(title="ID")
    name: str = Column(title="圏域名", min_length=1)
    kana: str = Column("", title="よみ")


class Neighborhood(Sourced):
    """自治会・字, and the area it belongs to."""

    id: Id = Column(title="ID")
    name: str = Column(title="自治会・字", min_length=1)
    kana: str = Column("", title="よみ")
    area: str = Column("", title="圏域")
    aliases: Words = Column((), title="通称")


class Resource(Dated):
    """地域の資源: 居場所, 見守り, 食料, 移動 … that can be named beside any route."""

    id: Id = Column(title="ID")
    name: str = Column(title="名称", min_length=1)
    kana: str = Column("", title="よみ")
    kind: str = Column(title="種類", min_length=1)
    fields: Words = Column((), title="分野")
    issues: Words = Column((), title="合う課題")
    areas: Words = Column((), title="圏域")
    operator: str = Column("", title="運営")
    phone: str = Column("", title="電話")
    hours: str = Column("", title="日時")
    description: str = Column("", title="説明")


class Programme(Dated):
    """One part of 重層的支援体制整備事業 in a town, with its days: stage `preparation` or `full`.

    `entrusted`: whether the town has somebody else run it (委託); empty = not known.
    """

    id: Id
    service: str = Column(pattern="^(comprehensive|multi_agency|outreach|participation|community)$")
    stage: str = Column("full", pattern="^(preparation|full|trial)$")
    operator: str = ""
    agency: str = ""
    entrusted: str = Column("", pattern="^(|no|part|whole)$")


class Office(Record):
    """Opening hours of the town hall, wall clock of Asia/Tokyo. A desk's own hours stay text (`Agency.hours`)."""

    opens: time = time(8, 30)
    closes: time = time(17, 15)


class PackInfo(Record):
    """The head of a pack (pack.toml). `welfare_office`: whose 福祉事務所 the town has; empty = not known."""

    id: Id
    name: str
    kana: str = ""
    kind: str = Column(pattern="^(national|municipality)$")
    base: str = ""
    also: tuple[str, ...] = ()
    version: str
    fictional: bool = False
    fallback: str = ""
    project_team: str = ""
    prefecture: str = ""
    welfare_office: str = Column("", pattern="^(|own|prefecture)$")
    local_closures: tuple[str, ...] = ()
    office: Office = Office()
    programmes: tuple[Programme, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One town's whole knowledge: the national pack and the town's own, merged and checked.

    Every mapping is keyed by id (or code) in the order of the files. `digest` is the SHA-256 over the pack
    files: the version that a stored proposal names.
    """

    pack: PackInfo
    digest: str
    sources: Mapping[str, Source]
    fields: Mapping[str, Field]
    issues: Mapping[str, Issue]
    expressions: tuple[Expression, ...]
    signals: tuple[Expression, ...]
    relations: Mapping[str, Relation]
    word_groups: Mapping[str, WordGroup]
    scope_cues: tuple[ScopeCue, ...]
    duties: Mapping[str, Duty]
    agency_kinds: Mapping[str, AgencyKind]
    meeting_kinds: Mapping[str, MeetingKind]
    agencies: Mapping[str, Agency]
    coordinators: Mapping[str, Coordinator]
    areas: Mapping[str, Area]
    neighborhoods: Mapping[str, Neighborhood]
    meetings: Mapping[str, MeetingBody]
    resources: Mapping[str, Resource]
    form: IntakeForm
    folders: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
