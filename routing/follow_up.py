"""What a municipality decides about the time after the proposal: how long answers may take, who is told when none comes,
how many refusals alert the team, and on which bases what may be shared. Data of the pack (`follow_up.toml`), validated whole.

A town's file lies over the national one. Refuses to know cases and moments.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from knowledge.catalogue import Catalogue
from routing.errors import PolicyError

Minutes = Field(gt=0, le=100_000)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Item(_Strict):
    """Something that can be shared. `identity`: it tells, or may tell, who the household is."""

    id: str
    identity: bool


class Basis(_Strict):
    """A ground for sharing: a `[[share]]` rule of the policy that must hold, or the consent that must be there.

    `recipients`: `anyone`, those who receive one of the `duties`, or the members of the proposed `meeting`.
    `unless_refused`: not while consent is refused or withdrawn.
    """

    id: str
    rule: str = ""
    consent: Literal["", "yes"] = ""
    recipients: Literal["anyone", "duty", "meeting"]
    identity: bool
    needs_reason: bool = False
    unless_refused: bool = False
    duties: tuple[str, ...] = ()
    effective_from: date | None = None
    effective_to: date | None = None
    sources: tuple[str, ...] = ()

    def in_force(self, on: date) -> bool:
        """Whether the ground exists on a day."""
        return (self.effective_from is None or self.effective_from <= on) and (
            self.effective_to is None or on <= self.effective_to
        )


class Answering(_Strict):
    """Minutes of working time until an answer is due, and until the request runs out."""

    minutes: int = Minutes
    expires_minutes: int = Minutes

    @model_validator(mode="after")
    def _in_order(self) -> Answering:
        if self.expires_minutes < self.minutes:
            raise ValueError("expires_minutes が minutes より短いです")
        return self


class Rung(_Strict):
    """Whom to tell (`team`, `deputy`, `supervisor`) and how long they have."""

    to: Literal["team", "deputy", "supervisor"]
    minutes: int = Minutes


class Ladder(_Strict):
    """How an escalation rises. `clock`: minutes of working time or of the wall clock."""

    clock: Literal["working", "wall"]
    steps: tuple[Rung, ...] = Field(min_length=1)
    silent_minutes: int = Minutes
    ask_minutes: int = Minutes
    most: int = Field(gt=0, le=100)

    @model_validator(mode="after")
    def _no_circle(self) -> Ladder:
        told = [rung.to for rung in self.steps]
        if len(set(told)) < len(told):
            raise ValueError("同じ相手が二度出てきます")
        return self


class Bounces(_Strict):
    """たらい回し: which answers count, and how many of them alert the project team by themselves."""

    counts: tuple[Literal["declined", "expired"], ...] = Field(min_length=1)
    alert_at: int = Field(gt=0, le=10)


class Links(_Strict):
    """One-time links: hours they live, and wrong codes they bear."""

    hours: int = Field(gt=0, le=720)
    most_wrong: int = Field(gt=0, le=10)


class FollowUpData(_Strict):
    """The file."""

    version: str
    referral: Mapping[Literal["ordinary", "urgent"], Answering]
    escalation: Mapping[Literal["ordinary", "urgent"], Ladder]
    bounce: Bounces
    link: Links
    silent_desk: SilentDesk
    item: tuple[Item, ...] = Field(min_length=1)
    basis: tuple[Basis, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> FollowUpData:
        for name, known in (("referral", self.referral), ("escalation", self.escalation)):
            if set(known) != {"ordinary", "urgent"}:
                raise ValueError(f"{name}: ordinary と urgent の両方が要ります")
        if not any(not b.identity and not b.rule and not b.consent for b in self.basis):
            raise ValueError("basis: 個人が分からない形で相談するための根拠（identity = false、条件なし）が要ります")
        for basis in self.basis:
            if basis.identity and not (basis.rule or basis.consent or basis.needs_reason):
                raise ValueError(f"basis {basis.id}: 条件も理由もなしに、個人が分かる項目は渡せません")
        return self


class SilentDesk(_Strict):
    """When a desk counts as silent: fewer cases in `weeks` than `share` of its own history of `history_weeks` leads to expect."""

    weeks: int = Field(gt=0, le=52)
    history_weeks: int = Field(gt=0, le=260)
    share: float = Field(gt=0, le=1)
    least_expected: float = Field(ge=0, le=100)


FollowUpData.model_rebuild()


class FollowUp:
    """The data of a town, with what is asked of it."""

    def __init__(self, data: FollowUpData) -> None:
        self.data = data
        self.items: Mapping[str, Item] = {item.id: item for item in data.item}
        self.bases: Mapping[str, Basis] = {basis.id: basis for basis in data.basis}

    def answering(self, urgent: bool) -> Answering:
        """How long an agency may take."""
        return self.data.referral["urgent" if urgent else "ordinary"]

    def ladder(self, urgent: bool) -> Ladder:
        """How an escalation rises."""
        return self.data.escalation["urgent" if urgent else "ordinary"]


def load_follow_up(catalogue: Catalogue, share_rules: Iterable[str]) -> FollowUp:
    """The follow-up policy of a town. Raises `PolicyError` with every problem."""
    merged: dict[str, Any] = {}
    problems: list[str] = []
    for folder in catalogue.folders:
        path = Path(folder) / "follow_up.toml"
        if path.is_file():
            try:
                given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                problems.append(f"{path.parent.name}/follow_up.toml: TOML として読めません（{error}）")
                continue
            problems += [f"{path.parent.name}/follow_up.toml: {what}" for what in _twice(given)]
            merged = _lay_over(merged, given)
    if problems:
        raise PolicyError(problems)
    try:
        data = FollowUpData.model_validate(merged)
    except ValidationError as error:
        raise PolicyError([_problem(e["loc"], e["msg"]) for e in error.errors()]) from error
    known = set(share_rules)
    for basis in data.basis:
        problems += [
            f"follow_up.toml: basis {basis.id}: 義務 {duty} は duties.toml にありません"
            for duty in basis.duties
            if duty not in catalogue.duties
        ]
        if basis.rule and basis.rule not in known:
            problems.append(f"follow_up.toml: basis {basis.id}: 規則 {basis.rule} は policy.toml にありません")
        problems += [
            f"follow_up.toml: basis {basis.id}: 出典 {s} は sources.csv にありません"
            for s in basis.sources
            if s not in catalogue.sources
        ]
    if problems:
        raise PolicyError(problems)
    return FollowUp(data)


def _lay_over(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are laid over value by value; items and bases by their id, a town's own after those of the country."""
    out = dict(base)
    for key, value in over.items():
        old = out.get(key)
        if isinstance(value, dict) and isinstance(old, dict):
            out[key] = _lay_over(old, value)
        elif key in ("item", "basis") and isinstance(value, list) and isinstance(old, list):
            out[key] = list({_id(part): part for part in (*old, *value)}.values())
        else:
            out[key] = value
    return out


def _id(part: Any) -> Any:
    """The id of an item or a basis; what is no table stays as it is, for the validation to name."""
    return part.get("id") if isinstance(part, dict) else repr(part)


def _twice(given: Mapping[str, Any]) -> list[str]:
    """Items and bases that one file writes twice: nobody could tell which of them counts."""
    found = []
    for key in ("item", "basis"):
        parts = given.get(key)
        ids = [_id(part) for part in parts] if isinstance(parts, list) else []
        found += [f"{key}: {name} が二度出てきます" for name in dict.fromkeys(ids) if ids.count(name) > 1]
    return found


def _problem(place: tuple[int | str, ...], words: str) -> str:
    return f"follow_up.toml: {'.'.join(str(part) for part in place)}: {words.removeprefix('Value error, ')}"
