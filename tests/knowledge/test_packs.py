"""Packs are read as a whole: all right, or every problem at once by file and row."""

from __future__ import annotations

import csv
import random
import shutil
from pathlib import Path

import pytest

from knowledge.errors import PackError
from knowledge.load import PACKS, load, pack_names

TOWNS = ("mihon", "okinawa", "wadomari", "miyoshi", "toda")


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """A copy of the national pack and the demo town that a test may spoil."""
    for name in ("national", "mihon"):
        shutil.copytree(PACKS / name, tmp_path / name)
    return tmp_path


def problems_of(root: Path, pack: str = "mihon") -> list[str]:
    with pytest.raises(PackError) as caught:
        load(pack, root)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("name", pack_names())
def test_every_shipped_pack_is_right(name: str) -> None:
    assert load(name).pack.id == name


def test_the_national_pack_has_the_guides_47_issues_and_19_fields() -> None:
    national = load("national")
    assert len(national.issues) == 47
    assert len(national.fields) == 19
    assert {code for code, issue in national.issues.items() if issue.danger} == {
        "child_abuse", "elder_abuse", "disability_abuse", "dv", "suicide_risk",
    }  # fmt: skip


@pytest.mark.parametrize("name", TOWNS)
def test_every_fact_of_a_town_names_its_source(name: str) -> None:
    town = load(name)
    for group in (town.agencies, town.meetings, town.areas, town.neighborhoods, town.resources):
        for record in group.values():
            assert record.sources, record.id
            assert all(source in town.sources for source in record.sources)


@pytest.mark.parametrize("name", TOWNS)
def test_no_pack_invents_a_phone_number(name: str) -> None:
    """The seeds name no phone; the fictional town has only extensions that say so."""
    town = load(name)
    for agency in town.agencies.values():
        assert not agency.phone or "架空" in agency.phone, agency.id


def test_only_the_demo_town_is_fictional_and_says_so() -> None:
    assert {name for name in pack_names() if load(name).pack.fictional} == {"mihon", "mihon_large"}


def test_okinawas_seven_areas_hold_the_neighbourhoods_of_the_seed() -> None:
    town = load("okinawa")
    assert len(town.areas) == 7
    by_area = {
        area.name: {n.name for n in town.neighborhoods.values() if n.area == area.id} for area in town.areas.values()
    }
    assert by_area["中部南"] == {"照屋", "安慶田", "室川", "住吉", "嘉間良"}
    assert by_area["東部南"] == {"高原", "比屋根", "与儀", "泡瀬"}


def test_a_missing_column_is_named_with_what_is_allowed(packs: Path) -> None:
    path = packs / "mihon" / "areas.csv"
    path.write_text(path.read_text("utf-8").replace("name", "nmae", 1), "utf-8")
    found = problems_of(packs)
    assert any("areas.csv:1" in p and "列「name」がありません" in p for p in found)
    assert any("知らない列「nmae」" in p and "id" in p for p in found)


def test_all_problems_are_said_at_once_with_file_and_row(packs: Path) -> None:
    path = packs / "mihon" / "agencies.csv"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rows[2]["fields"] = "高令"
    rows[4]["id"] = rows[3]["id"]
    rows[5]["verified_on"] = "きのう"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    found = "\n".join(problems_of(packs))
    assert "mihon/agencies.csv:4: fields: 「高令」は fields にありません（使える値: 高齢; 障がい" in found
    assert f"mihon/agencies.csv:6: ID「{rows[3]['id']}」が二度使われています" in found
    assert "mihon/agencies.csv:7: verified_on: 日付として読めません（例: 2026-04-01）" in found


def test_a_reference_to_nothing_lists_what_exists(packs: Path) -> None:
    path = packs / "mihon" / "neighborhoods.csv"
    text = path.read_text("utf-8").splitlines()
    header = text[0].split(",")
    cells = text[1].split(",")
    cells[header.index("area")] = "nowhere"
    path.write_text("\n".join([text[0], ",".join(cells), *text[2:]]), "utf-8")
    assert any("neighborhoods.csv:2" in p and "nowhere" in p and "使える値" in p for p in problems_of(packs))


def test_a_spreadsheet_may_have_a_byte_order_mark_and_japanese_titles(packs: Path) -> None:
    path = packs / "mihon" / "areas.csv"
    before = load("mihon", packs).areas
    text = path.read_text("utf-8").replace("id,name", "ID,圏域名", 1)
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert load("mihon", packs).areas == before


def test_shift_jis_is_refused_with_what_to_do(packs: Path) -> None:
    path = packs / "mihon" / "areas.csv"
    path.write_bytes(path.read_text("utf-8").encode("cp932", "replace"))
    assert any("UTF-8" in p for p in problems_of(packs))


def test_an_unknown_pack_names_the_known_ones() -> None:
    with pytest.raises(PackError, match="mihon"):
        load("atlantis")


def test_the_order_of_rows_changes_nothing(packs: Path) -> None:
    before = load("mihon", packs)
    for name in ("expressions", "signals"):
        for path in [*(packs / "national").glob(f"{name}.csv"), *(packs / "national" / name).glob("*.csv")]:
            lines = path.read_text("utf-8").splitlines()
            body = lines[1:]
            random.Random(1).shuffle(body)
            if not any(line.count('"') % 2 for line in body):
                path.write_text("\n".join([lines[0], *body]) + "\n", "utf-8")
    after = load("mihon", packs)
    assert after.expressions == before.expressions
    assert after.signals == before.signals


def add(root: Path, file: str, line: str) -> None:
    path = root / file
    header = "target,kind,pattern,polarity,strength,example,note\n" if "expressions" in file else "name,words\n"
    path.parent.mkdir(exist_ok=True)
    path.write_text(path.read_text(encoding="utf-8") if path.exists() else header, encoding="utf-8")
    with path.open("a", encoding="utf-8") as out:
        out.write(line + "\n")


def test_a_towns_own_words_are_read_with_the_groups_of_words_it_names(packs: Path) -> None:
    add(packs, "mihon/word_groups.csv", "祭り,花笠;竿燈")
    add(
        packs,
        "mihon/expressions/own.csv",
        "addiction,phrase,〈祭り〉の(酒|夜)に…(おぼれ|〈祭り〉),present,sure,花笠の酒に溺れる,",
    )
    pattern = next(e.pattern for e in load("mihon", packs).expressions if "花笠" in e.pattern)
    assert pattern == "(花笠|竿燈)の(酒|夜)に…(おぼれ|花笠|竿燈)"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("addiction,phrase,〈知らない〉の酒,present,sure,,", "言葉の組〈知らない〉がありません"),
        ("addiction,phrase,酒(に|〈知〉漬け),present,sure,,", "言葉の組〈知〉がありません"),
        ("addiction,phrase,酒に(〈親〉漬け|夜),present,sure,,", "ほかの字をつなげられません"),
        ("addiction,phrase,酒(#合|一升),present,sure,,", "かっこの中では # と … を使えません"),
        ("addiction,phrase,酒,present,strong,,", "strength"),
    ],
)
def test_words_that_cannot_be_used_are_named_with_file_and_row(packs: Path, line: str, said: str) -> None:
    add(packs, "mihon/expressions/own.csv", line)
    assert any("mihon/expressions/own.csv:2" in problem and said in problem for problem in problems_of(packs))
