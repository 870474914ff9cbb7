"""The frozen records of a knowledge pack: who exists, which meeting bodies, duties, areas, words.

Knows the shape of one record and of a whole `Catalogue`, and the Japanese column title of each field
(a spreadsheet may use either). Refuses to know files, dates "today" and how anything is matched or decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic import Field as Column


def split_list(value: object) -> object:
    """Turn a spreadsheet cell `a;b；c` into a tuple; other values pass through."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.replace("；", ";").split(";") if part.strip())
    return value


def empty_is_none(value: object) -> object:
    """An empty spreadsheet cell means "not known", never an empty date or number."""
    return None if isinstance(value, str) and not value.strip() else value


Words = Annotated[tuple[str, ...], BeforeValidator(split_list)]
OptionalDate = Annotated[date | None, BeforeValidator(empty_is_none)]
OptionalInt = Annotated[int | None, BeforeValidator(empty_is_none)]
Id = Annotated[str, Column(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]


class Record(BaseModel):
    """Base of every record: immutable, and a column nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class SourceStatus(StrEnum):
    """`sourced`: a document says so. `unsourced`: general knowledge, shown as 要確認. `fictional`: 見本市 only."""

    SOURCED = "sourced"
    UNSOURCED = "unsourced"
    FICTIONAL = "fictional"


class Source(Record):
    """Where a fact comes from. A source without an address is a document handed to us."""

    id: Id = Column(title="ID")
    title: str = Column(title="資料名", min_length=1)
    publisher: str = Column("", title="発行者")
    url: str = Column("", title="URL")
    status: SourceStatus = Column(title="区分")
    checked_on: OptionalDate = Column(None, title="確認日")


class Sourced(Record):
    """A record that can go stale: it names its sources and when a person last verified it."""

    sources: Words = Column((), title="出典")
    verified_on: OptionalDate = Column(None, title="確認日")
    note: str = Column("", title="備考")


class Dated(Sourced):
    """A record that holds from a day to a day, both included; open ends are empty."""

    effective_from: OptionalDate = Column(None, title="開始日")
    effective_to: OptionalDate = Column(None, title="終了日")

    def in_force(self, on: date) -> bool:
        """Whether the record holds on that day."""
        return (self.effective_from is None or self.effective_from <= on) and (
            self.effective_to is None or on <= self.effective_to
        )


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


class ExpressionKind(StrEnum):
    """How a pattern is matched: exact words, a regular expression, a sequence of dictionary forms, who-does-what slots."""

    PHRASE = "phrase"
    REGEX = "regex"
    LEMMA = "lemma"
    SLOT = "slot"


class Expression(Record):
    """How people say an issue (or a signal). `firm` alone raises a finding; `weak` only offers it."""

    target: Id = Column(title="コード")
    kind: ExpressionKind = Column(title="型")
    pattern: str = Column(title="表現", min_length=1)
    polarity: str = Column("present", title="極性", pattern="^(present|suspected)$")
    strength: str = Column("firm", title="強さ", pattern="^(firm|weak)$")
    example: str = Column("", title="例")
    note: str = Column("", title="備考")


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


class FormItem(Record):
    """One item of the intake sheet. `report` is the 太枠 mark: a figure the State asks for."""

    id: Id
    label: str
    type: str = Column(pattern="^(text|choice|multi|number|date|age)$")
    choices: tuple[str, ...] = ()
    report: bool = False
    identity: bool = False
    prefill: str = ""
    help: str = ""
    status: SourceStatus = SourceStatus.UNSOURCED


class FormSection(Record):
    """A page of the intake sheet, asked once per household or once per member."""

    id: Id
    label: str
    scope: str = Column(pattern="^(household|member)$")
    items: tuple[FormItem, ...]


class IntakeForm(Sourced):
    """質問票. A template that a town may extend; it is not claimed to be the State's form word for word."""

    id: Id
    version: str
    label: str
    sections: tuple[FormSection, ...]
    issue_items: dict[str, str] = {}

    def item(self, item_id: str) -> FormItem | None:
        """The item with that id."""
        return next((item for section in self.sections for item in section.items if item.id == item_id), None)


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
