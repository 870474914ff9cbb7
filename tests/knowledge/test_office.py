"""Opening hours come from the town's pack, else from the national one."""

from __future__ import annotations

import shutil
from datetime import time
from pathlib import Path

import pytest

from knowledge.catalogue import Office
from knowledge.errors import PackError
from knowledge.load import PACKS, load


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    for name in ("national", "mihon"):
        shutil.copytree(PACKS / name, tmp_path / name)
    return tmp_path


def append(packs: Path, pack: str, lines: str) -> None:
    path = packs / pack / "pack.toml"
    path.write_text(f"{path.read_text('utf-8')}\n{lines}\n", "utf-8")


def test_a_town_that_says_nothing_opens_as_the_national_pack_says(packs: Path) -> None:
    assert load("mihon", packs).pack.office == Office(opens=time(8, 30), closes=time(17, 15))
    national = packs / "national" / "pack.toml"
    national.write_text(national.read_text("utf-8").replace("08:30", "09:00"), "utf-8")
    assert load("mihon", packs).pack.office.opens == time(9)


def test_a_town_may_open_otherwise(packs: Path) -> None:
    append(packs, "mihon", '[office]\nopens = "09:00"\ncloses = "16:30"')
    assert load("mihon", packs).pack.office == Office(opens=time(9), closes=time(16, 30))


@pytest.mark.parametrize("lines", ['opens = "17:00"\ncloses = "09:00"', 'opens = "25:00"', 'noon = "12:00"'])
def test_hours_that_cannot_be_are_a_problem_of_the_pack(packs: Path, lines: str) -> None:
    append(packs, "mihon", f"[office]\n{lines}")
    with pytest.raises(PackError) as caught:
        load("mihon", packs)
    assert all("mihon/pack.toml" in str(problem) and "office" in str(problem) for problem in caught.value.problems)
