"""Values ↔ the JSON documents that are kept: facts, proposals, and the pack and policy of a day.

A kept pack holds what a decision looks at (agencies, meetings, duties, areas, resources, form, sources), not the
expressions of the reading: facts are stored with the case. Refuses to know where documents lie.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from knowledge import catalogue as c
from routing.errors import VersionUnreadable
from routing.facts import Facts
from routing.policy import Policy, compile_policy
from routing.proposal import Proposal

FACTS: TypeAdapter[Facts] = TypeAdapter(Facts)
PROPOSAL: TypeAdapter[Proposal] = TypeAdapter(Proposal)
PACK, POLICY = "pack", "policy"

_PARTS: Mapping[str, type[c.Record]] = {
    "sources": c.Source,
    "fields": c.Field,
    "issues": c.Issue,
    "duties": c.Duty,
    "agency_kinds": c.AgencyKind,
    "meeting_kinds": c.MeetingKind,
    "agencies": c.Agency,
    "coordinators": c.Coordinator,
    "areas": c.Area,
    "neighborhoods": c.Neighborhood,
    "meetings": c.MeetingBody,
    "resources": c.Resource,
}
_REST: Mapping[str, Any] = {"expressions": (), "signals": (), "relations": {}, "word_groups": {}, "scope_cues": ()}


def pack_document(catalogue: c.Catalogue) -> str:
    """What a decision looks at in a pack. The order of the files is kept: it is part of what decides."""
    parts = {
        name: {
            key: record.model_dump(mode="json", exclude_defaults=True)
            for key, record in getattr(catalogue, name).items()
        }
        for name in _PARTS
    }
    heads = {name: getattr(catalogue, name).model_dump(mode="json", exclude_defaults=True) for name in ("pack", "form")}
    return json.dumps({**heads, **parts}, ensure_ascii=False, separators=(",", ":"))


def pack_from(document: str, digest: str) -> c.Catalogue:
    """The pack of a document, without what only the reading needs. Raises `VersionUnreadable`."""
    try:
        data = json.loads(document)
        parts = {
            name: {key: model.model_validate(record) for key, record in data[name].items()}
            for name, model in _PARTS.items()
        }
        pack, form = c.PackInfo.model_validate(data["pack"]), c.IntakeForm.model_validate(data["form"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise VersionUnreadable(PACK, digest) from error
    return c.Catalogue(pack=pack, digest=digest, form=form, **parts, **_REST)  # type: ignore[arg-type]


def policy_document(policy: Policy) -> str:
    """The rules as they were written, the town's laid over the national ones."""
    return policy.data.model_dump_json(exclude_defaults=True)


def policy_from(document: str, digest: str, catalogue: c.Catalogue) -> Policy:
    """The policy of a document. Raises `VersionUnreadable`, or `PolicyError` when today's program refuses its rules."""
    try:
        raw = json.loads(document)
    except (ValueError, ValidationError) as error:
        raise VersionUnreadable(POLICY, digest) from error
    return compile_policy(raw, digest, catalogue)
