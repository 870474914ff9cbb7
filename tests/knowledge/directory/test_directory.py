"""What the directory promises: order of rows changes nothing, any string is a query, a typed name comes first."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.directory import Directory, DirectoryError, Entry, Kind, PlaceName, build, disk, open_folder
from knowledge.directory.keys import key, keys
from knowledge.directory.tables import tables
from knowledge.text import fold

KINDS = [
    Kind("agency", "care", ("地域包括支援センター", "包括", "ほうかつ"), ("介護の相談", "もの忘れ")),
    Kind("agency", "council", ("社会福祉協議会", "社協"), ("貸付",)),
]
PLACES = [
    PlaceName("east", ("東圏域", "ひがし", "松本", "みはらし台")),
    PlaceName("west", ("西圏域", "にし", "みはらし代")),
]
ROWS = [
    Entry("east-care", "東地域包括支援センター", "ひがしちいきほうかつしえんせんたー", kind="care", areas=("east",)),
    Entry("west-care", "西地域包括支援センター", "にしちいきほうかつしえんせんたー", kind="care", areas=("west",)),
    Entry("council", "見本市社会福祉協議会", "みほんししゃかいふくしきょうぎかい", kind="council", aliases=("社協",)),
    Entry("rubbish", "環境課", "かんきょうか", needs=("ごみ屋敷", "悪臭"), fields=("環境",)),
    Entry("closed", "旧福祉相談所", effective_to=date(2024, 3, 31)),
    Entry("meeting", "要保護児童対策地域協議会", what="meeting", aliases=("要対協",), fields=("こども",)),
    Entry("second", "社会福祉法人みどり会 ひだまりの里", "ひだまりのさと", areas=("east", "west")),
]


def directory(rows: list[Entry] | None = None) -> Directory:
    return Directory(tables(ROWS if rows is None else rows, KINDS, PLACES, ("見本市",)))


DIRECTORY = directory()


def ids(query: str, **asked: object) -> list[str]:
    return [match.id for match in DIRECTORY.search(query, **asked).matches]  # type: ignore[arg-type]


def test_a_place_in_the_query_leads_to_the_centre_of_its_area() -> None:
    answer = DIRECTORY.search("松本自治会の包括")
    assert answer.matches[0].id == "east-care"
    assert answer.matches[0].area_match
    assert not answer.tie


def test_without_a_place_the_two_centres_are_offered_not_guessed() -> None:
    answer = DIRECTORY.search("包括")
    assert answer.tie
    assert [match.id for match in answer.matches] == ["east-care", "west-care"]


def test_a_place_name_between_two_places_is_offered_not_guessed() -> None:
    assert DIRECTORY.search("みはらし第自治会の包括").tie


def test_a_typing_slip_within_a_name_is_forgiven() -> None:
    assert ids("東地域放課支援センター")[0] == "east-care"


def test_the_town_and_the_legal_form_may_be_left_out() -> None:
    assert ids("社会福祉協議会")[0] == "council"
    assert ids("ひだまりの里")[0] == "second"


def test_a_need_in_plain_words_finds_the_desk() -> None:
    assert ids("隣がごみ屋敷で困っている") == ["rubbish"]


def test_unrelated_text_finds_nothing() -> None:
    for text in ("今日の天気は晴れ", "プログラミング", "abc", "〜", "1", "ラーメン"):
        assert ids(text) == [], text


def test_what_is_no_longer_in_force_is_dropped_on_its_day() -> None:
    assert ids("旧福祉相談所", on=date(2024, 3, 31)) == ["closed"]
    assert ids("旧福祉相談所", on=date(2024, 4, 1)) == []
    assert ids("旧福祉相談所") == ["closed"]


def test_only_entries_of_the_asked_fields_are_shown() -> None:
    assert ids("要対協", fields=frozenset({"こども"})) == ["meeting"]
    assert ids("要対協", fields=frozenset({"環境"})) == []


def test_an_empty_directory_answers_nothing() -> None:
    assert directory([]).search("包括").matches == ()


@pytest.mark.parametrize("limit", [0, -1, 1, 100])
def test_no_more_than_the_limit_is_given(limit: int) -> None:
    assert len(DIRECTORY.search("支援センター", limit=limit).matches) <= max(0, limit)


@given(st.randoms(use_true_random=False), st.sampled_from(["包括", "社協", "東の包括", "ひだまり", "ごみ屋敷", "支援"]))
@settings(max_examples=30, deadline=None)
def test_the_order_of_rows_changes_nothing(rng: random.Random, query: str) -> None:
    rows = list(ROWS)
    rng.shuffle(rows)
    assert directory(rows).search(query) == DIRECTORY.search(query)


@given(st.text(max_size=200), st.text(max_size=20))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_string_is_a_query_and_scores_stay_within_bounds(query: str, area: str) -> None:
    answer = DIRECTORY.search(query, area=area)
    assert all(0.0 <= match.score <= 1.0 and match.matched for match in answer.matches)
    assert [m.score for m in answer.matches] == sorted((m.score for m in answer.matches), reverse=True)
    assert answer == DIRECTORY.search(query, area=area)


@given(
    st.lists(
        st.text("東西南北中央地域包括支援センター相談社協の里苑ひだまり", min_size=1, max_size=12),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=100, deadline=None)
def test_a_name_typed_exactly_is_always_first(names: list[str]) -> None:
    found = directory([Entry(f"a{n}", name, areas=("east",) if n % 2 else ()) for n, name in enumerate(names)])
    for name in names:
        for area in ("", "東圏域", "西圏域"):
            assert key(found.search(name, area=area).matches[0].name) == key(name)


@given(st.lists(st.text(max_size=20), max_size=6))
@settings(max_examples=300, deadline=None)
def test_a_key_is_the_folded_text_without_signs(texts: list[str]) -> None:
    def slow(text: str) -> str:
        return "".join(char for char in fold(text.replace("\n", " ")).text if char.isalnum())

    assert ["".join(filter(str.isalnum, found)) for found in keys(texts)] == [slow(text) for text in texts]
    assert keys(texts) == [key(text) for text in texts]


@given(
    st.sampled_from(["包括", "東自治会の包括", "社協", "ごみ屋敷", "要対協", "みどり", "旧福祉相談所", ""]),
    st.text(max_size=8),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_disk_form_answers_as_the_memory_form(tmp_path: Path, query: str, more: str) -> None:
    if not (tmp_path / disk.FILE).exists():
        build(reversed(ROWS), tmp_path, kinds=reversed(KINDS), places=reversed(PLACES), prefixes=("見本市",))
    opened = open_folder(tmp_path, verify=True)
    day = date(2025, 1, 1)
    assert opened.search(query) == DIRECTORY.search(query)
    assert opened.search(query + more, area="松本", on=day) == DIRECTORY.search(query + more, area="松本", on=day)


def damaged(folder: Path, change: str) -> None:
    path = folder / disk.FILE
    data = bytearray(path.read_bytes())
    match change:
        case "missing":
            path.unlink()
            return
        case "empty":
            data = bytearray()
        case "cut":
            data = data[:-100]
        case "other":
            data[:4] = b"ABCD"
        case "header":
            data[60] ^= 0xFF
        case _:
            raise ValueError(change)
    path.write_bytes(data)


@pytest.mark.parametrize("change", ["missing", "empty", "cut", "other", "header"])
def test_a_damaged_file_says_so(tmp_path: Path, change: str) -> None:
    build(ROWS, tmp_path)
    damaged(tmp_path, change)
    with pytest.raises(DirectoryError, match="作り直してください"):
        open_folder(tmp_path)


def test_a_changed_byte_is_found_when_every_byte_is_checked(tmp_path: Path) -> None:
    build(ROWS, tmp_path)
    path = tmp_path / disk.FILE
    data = bytearray(path.read_bytes())
    data[data.index("見本市".encode("utf-16-le"))] ^= 1
    path.write_bytes(data)
    with pytest.raises(DirectoryError, match="壊れています"):
        open_folder(tmp_path, verify=True)


def test_a_file_of_another_version_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "VERSION", 0)
    build(ROWS, tmp_path)
    monkeypatch.undo()
    with pytest.raises(DirectoryError, match="版が 0"):
        open_folder(tmp_path)
