"""A town's catalogue → what the directory holds: its agencies, meeting bodies, kinds and places.

Knows which records can be looked up. Refuses to know resources (they are named beside a route, not looked up).
"""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.catalogue import Agency, Catalogue, MeetingBody
from knowledge.directory.model import Entry, Kind, PlaceName


def entries(catalogue: Catalogue) -> Iterator[Entry]:
    """Every agency and meeting body. Which are in force on a day is asked at search time."""
    for agency in catalogue.agencies.values():
        yield _agency(agency)
    for meeting in catalogue.meetings.values():
        yield _meeting(meeting)


def _agency(agency: Agency) -> Entry:
    return Entry(
        id=agency.id,
        name=agency.name,
        kana=agency.kana,
        kind=agency.kind,
        aliases=agency.aliases,
        needs=agency.needs,
        areas=tuple(sorted(agency.areas)),
        fields=tuple(sorted(agency.fields)),
        effective_from=agency.effective_from,
        effective_to=agency.effective_to,
    )


def _meeting(meeting: MeetingBody) -> Entry:
    return Entry(
        id=meeting.id,
        name=meeting.name,
        kana=meeting.kana,
        what="meeting",
        kind=meeting.kind,
        aliases=meeting.aliases,
        fields=tuple(sorted(meeting.fields)),
        effective_from=meeting.effective_from,
        effective_to=meeting.effective_to,
    )


def kinds(catalogue: Catalogue) -> Iterator[Kind]:
    """Kinds of agencies and of meeting bodies with all words for them."""
    for kind in catalogue.agency_kinds.values():
        yield Kind("agency", kind.code, (kind.label, *kind.aliases), kind.needs)
    for meeting_kind in catalogue.meeting_kinds.values():
        yield Kind("meeting", meeting_kind.code, tuple(meeting_kind.label.split("・")))


def places(catalogue: Catalogue) -> Iterator[PlaceName]:
    """圏域 and the 自治会・字 within them."""
    for area in catalogue.areas.values():
        yield PlaceName(area.id, (area.id, area.name, area.kana))
    for place in catalogue.neighborhoods.values():
        yield PlaceName(place.area, (place.id, place.name, place.kana, *place.aliases))


def prefixes(catalogue: Catalogue) -> tuple[str, ...]:
    """What names of this town begin with and people leave out: the town, the prefecture, both without 市 or 県."""
    town, prefecture = catalogue.pack.name, catalogue.pack.prefecture.split("（")[0]
    long = [name for name in (prefecture, town) if name]
    return tuple(dict.fromkeys([*long, *(name[:-1] for name in (town, prefecture) if len(name) > 2)]))
