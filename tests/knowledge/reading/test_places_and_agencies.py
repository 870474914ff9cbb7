"""Names of places that are ordinary words, and agencies by the short names staff use."""

from __future__ import annotations

import pytest

from knowledge.load import load
from knowledge.reading.agencies import AgencyReader
from knowledge.reading.model import AgencyState
from knowledge.reading.places import PlaceReader
from knowledge.text import fold

OKINAWA = load("okinawa")
PLACES = PlaceReader(OKINAWA.areas.values(), OKINAWA.neighborhoods.values())
MIHON = load("mihon")
AGENCIES = AgencyReader(MIHON.agency_kinds.values(), MIHON.agencies.values())


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("照屋自治会の方から", "中部南"),
        ("比屋根に住む80代", "東部南"),
        ("センター自治会の会長さん", "西部北"),
        ("東地区で一人暮らし", "中部北"),
        ("松本在住の母子", "北部"),
    ],
)
def test_a_neighbourhood_tells_the_area(text: str, area: str) -> None:
    found = PLACES.find(fold(text))
    assert [OKINAWA.areas[place.area].name for place in found] == [area]


@pytest.mark.parametrize(
    "text", ["センターに行った", "東から来た", "松本さんが心配", "包括支援センターの職員", "美里さんの家", "高原へ旅行"]
)
def test_ordinary_words_are_no_places(text: str) -> None:
    assert PLACES.find(fold(text)) == ()


@pytest.mark.parametrize(
    ("text", "kind", "state"),
    [
        ("包括が毎週訪問している", "community_support_center", AgencyState.WORKING),
        ("社協に断られた", "social_welfare_council", AgencyState.REFUSED),
        ("児相は対象外と言った", "child_guidance_center", AgencyState.REFUSED),
        ("若サポを紹介", "youth_support_station", AgencyState.NAMED),
        ("訪看は先月終了", "visiting_nurse", AgencyState.ENDED),
        ("ナカポツに相談", "employment_life_center", AgencyState.NAMED),
    ],
)
def test_agencies_are_found_by_short_name_with_what_they_do(text: str, kind: str, state: AgencyState) -> None:
    assert (kind, state) in [(mention.kind, mention.state) for mention in AGENCIES.find(fold(text))]
