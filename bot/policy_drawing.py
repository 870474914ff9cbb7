"""Policy and town → the decision graph as SVG text. Puts the words of templates/policy/graph.toml to the layout.

Refuses to know coordinates (policy_graph.py) and rules.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from bot.policy_graph import CHIP_LEFT, CHIP_WIDTH, RULE_WIDTH, WIDTH, draw
from bot.policy_pages import Item
from bot.policy_words import Words
from bot.render import TEMPLATES, Renderer
from knowledge.catalogue import Catalogue
from routing.rules import Policy


def svg(policy: Policy, catalogue: Catalogue, items: Mapping[str, Sequence[Item]], renderer: Renderer, on: date) -> str:
    """The graph of the route rules in force on a day."""
    words = Words(catalogue)
    said = tomllib.loads((TEMPLATES / "policy" / "graph.toml").read_text("utf-8"))
    routes = {rule.rule.id: rule.rule.route for rule in policy.routes}
    panels = {
        route: (
            words.value("route", route),
            tuple(t for line in said[route]["lines"] for t in _panel(line, said, catalogue)),
        )
        for route in ("single_window", "existing_meeting", "multi_agency")
    }
    branches = [
        (said["answers"][a], _branch(a, said["branches"], catalogue), a == "unknown") for a in ("yes", "unknown", "no")
    ]
    chip = str(said["existing_meeting"]["chip"])
    rules = [
        replace(item, weight=chip.format(weight=item.weight) if item.weight else "")
        for item in items["route"]
        if item.in_force
    ]
    return renderer.page(
        "policy/graph.svg.j2",
        d=draw(rules, routes, panels, branches),
        policy=policy,
        on=on,
        duties=sum(item.in_force for item in items["duty"]),
        words=words,
        width=WIDTH,
        rule_width=RULE_WIDTH,
        chip_left=CHIP_LEFT,
        chip_width=CHIP_WIDTH,
    )


def _panel(line: str, said: Mapping[str, Any], catalogue: Catalogue) -> list[str]:
    """The sentences of one line; `{kinds}` is one for each kind of meeting."""
    agencies, pack = catalogue.agencies, catalogue.pack
    if line == "{kinds}":
        return _kinds(str(said["existing_meeting"]["kind"]), catalogue)
    told = line.format(
        fallback=agencies[pack.fallback].name if pack.fallback in agencies else pack.name,
        project_team=agencies[pack.project_team].name if pack.project_team in agencies else pack.name,
    )
    return [told]


def _kinds(said: str, catalogue: Catalogue) -> list[str]:
    fields: dict[str, list[str]] = {}
    for field in catalogue.fields.values():
        if field.meeting_kind:
            fields.setdefault(field.meeting_kind, []).append(field.code)
    return [
        said.format(kind=catalogue.meeting_kinds[kind].label, fields="・".join(codes)) for kind, codes in fields.items()
    ]


def _branch(answer: str, said: Mapping[str, Any], catalogue: Catalogue) -> str:
    kind = {"yes": "multi_agency_conference", "no": "support_conference"}.get(answer)
    if kind is None:
        return str(said[answer])
    own = [body.name for body in catalogue.meetings.values() if body.kind == kind]
    serving = [b.name for b in catalogue.meetings.values() if kind in b.serves_as and b.kind != kind]
    also = str(said["serving"]).format(bodies="、".join(serving)) if serving else ""
    return str(said[answer]).format(body=own[0] if own else catalogue.meeting_kinds[kind].label, serving=also)
