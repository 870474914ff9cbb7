"""What an administrator sets up: settings, the mapping of people, the app package and the doctor."""

from __future__ import annotations

import io
import json
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.commands import command_of
from bot.settings import SettingsError
from bot.teams.doctor import examine
from bot.teams.icons import color_icon, outline_icon
from bot.teams.outgoing import NoToken
from bot.teams.package import manifest, package
from bot.teams.people import People, people_of
from bot.teams.settings import TeamsSettings, teams_settings_from
from bot.world import Town
from tests.bot.teams.conftest import ENVIRONMENT
from tests.bot.teams.teams import APP, TENANT


def test_without_settings_there_is_no_teams() -> None:
    assert teams_settings_from({}, "http://127.0.0.1:8080") is None


@pytest.mark.parametrize(
    "changed",
    [
        {"TSUNAGU_TEAMS_APP_ID": "x"},
        {"TSUNAGU_TEAMS_APP_SECRET": ""},
        {"TSUNAGU_TEAMS_TENANT_ID": ""},
        {"TSUNAGU_TEAMS_CLOUD": "moon"},
        {"TSUNAGU_TEAMS_TENANTS": f"{TENANT} everybody"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_setting_that_cannot_work_is_named_and_no_secret_is_shown(changed: dict[str, str]) -> None:
    with pytest.raises(SettingsError) as error:
        teams_settings_from({**ENVIRONMENT, **changed}, "")
    assert "TSUNAGU_TEAMS_" in str(error.value)
    assert "s3cret" not in str(error.value)


def test_our_own_tenant_is_allowed_unless_others_are_named() -> None:
    own = teams_settings_from(ENVIRONMENT, "")
    other = "33333333-3333-3333-3333-333333333333"
    named = teams_settings_from({**ENVIRONMENT, "TSUNAGU_TEAMS_TENANTS": f"{other}, {TENANT.upper()}"}, "")
    assert own is not None
    assert named is not None
    assert own.tenants == {TENANT}
    assert named.tenants == {other, TENANT}


def test_a_mapping_with_faults_names_each_of_them(tmp_path: Path, town: Town) -> None:
    path = tmp_path / "people.toml"
    path.write_text(
        '[[user]]\nid = "a"\nagency = "nobody"\n[[user]]\nid = "b"\n[[group]]\nid = "c"\n'
        f'[[channel]]\nid = "d"\nagency = "{town.catalogue.pack.project_team}"\nrole = "king"\n'
    )
    with pytest.raises(SettingsError, match=r"4 件.*nobody.*group.*king|4 件"):
        people_of(path, town.catalogue)
    with pytest.raises(SettingsError, match="読めません"):
        people_of(tmp_path / "none.toml", town.catalogue)


def test_the_package_has_a_manifest_and_two_icons_and_is_the_same_every_time() -> None:
    data = package(APP, "https://tsunagu.example")
    assert data == package(APP, "https://tsunagu.example")
    with zipfile.ZipFile(io.BytesIO(data)) as box:
        assert box.namelist() == ["manifest.json", "color.png", "outline.png"]
        found = json.loads(box.read("manifest.json"))
    assert found == manifest(APP, "https://tsunagu.example")
    assert found["bots"][0]["scopes"] == ["personal", "team", "groupChat"]
    assert found["composeExtensions"][0]["commands"][0]["title"] == "この相談をつなぐ"
    assert found["validDomains"] == ["tsunagu.example"]


def test_the_manifest_keeps_to_the_lengths_that_teams_sets() -> None:
    found = manifest(APP, "https://tsunagu.example")
    assert len(found["name"]["short"]) <= 30
    assert len(found["name"]["full"]) <= 100
    assert len(found["description"]["short"]) <= 80
    assert len(found["description"]["full"]) <= 4000
    assert len(found["developer"]["name"]) <= 32
    listed = found["bots"][0]["commandLists"][0]["commands"]
    assert 0 < len(listed) <= 10
    for command in (*listed, *found["composeExtensions"][0]["commands"]):
        assert len(command["title"]) <= 32
        assert len(command["description"]) <= 128


def test_every_command_of_the_manifest_is_understood() -> None:
    for command in manifest(APP, "https://tsunagu.example")["bots"][0]["commandLists"][0]["commands"]:
        assert command_of(command["title"]) is not None, command["title"]


def pixels(data: bytes) -> tuple[int, int, list[bytes]]:
    """(width, height, pixels) of a picture."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    assert (depth, kind) == (8, 6)
    at = data.index(b"IDAT")
    length = struct.unpack(">I", data[at - 4 : at])[0]
    rows = zlib.decompress(data[at + 4 : at + 4 + length])
    stride = width * 4 + 1
    lines = [rows[n * stride + 1 : (n + 1) * stride] for n in range(height)]
    return width, height, [line[n : n + 4] for line in lines for n in range(0, width * 4, 4)]


def test_the_icons_are_pictures_of_the_sizes_teams_asks_for() -> None:
    width, height, color = pixels(color_icon())
    assert (width, height) == (192, 192)
    assert len(set(color)) > 2
    assert all(pixel[3] == 255 for pixel in color)
    width, height, outline = pixels(outline_icon())
    assert (width, height) == (32, 32)
    assert {pixel[:3] for pixel in outline} == {b"\xff\xff\xff"}
    assert {0, 255} <= {pixel[3] for pixel in outline}


def test_the_command_writes_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    out = tmp_path / "app.zip"
    assert main(["teams", "manifest", "--out", str(out)]) == 0
    assert zipfile.is_zipfile(out)
    assert "s3cret" not in capsys.readouterr().out
    assert main(["teams", "manifest", "--out", str(out), "--url", "http://tsunagu.example"]) == 1
    assert "https://" in capsys.readouterr().err


def test_the_command_says_when_teams_is_not_set_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    assert main(["teams", "doctor"]) == 1
    assert "docs/teams.md" in capsys.readouterr().err


def test_the_doctor_names_what_is_wrong(settings: TeamsSettings, town: Town) -> None:
    def no_token() -> None:
        raise NoToken

    def no_keys() -> int:
        raise OSError

    bad = list(examine(settings, People(), no_token, no_keys))
    assert {check.name for check in bad if not check.good} == {"map", "token", "keys"}
    words = town.renderer.text("teams/doctor.j2", checks=bad, failed=2)
    assert "アプリ ID・シークレット" in words
    good = list(examine(settings, People(), lambda: None, lambda: 3))
    assert {check.name for check in good if not check.good} == {"map"}
    assert "3 件読めました" in town.renderer.text("teams/doctor.j2", checks=good, failed=0)


def test_the_administrators_guide_names_every_setting_and_command() -> None:
    guide = Path("docs/teams.md").read_text("utf-8")
    source = "".join(path.read_text("utf-8") for path in Path("bot/teams").glob("*.py"))
    for name in set(re.findall(r"TSUNAGU_TEAMS_[A-Z_]+", source)):
        assert name in guide, name
    for words in ("tsunagu teams manifest", "tsunagu teams doctor", "/teams/messages", "この相談をつなぐ"):
        assert words in guide


def test_starting_without_teams_imports_nothing_of_microsofts_and_warns_of_nothing() -> None:
    code = "import sys, bot.__main__, bot.commands_run, bot.teams.settings; assert not [m for m in sys.modules if m.startswith('microsoft')]"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_nothing_of_teams_listens_to_the_outside() -> None:
    code = (
        "import sys, asyncio\n"
        "asyncio.new_event_loop().close()\n"
        "bound = []\n"
        "sys.addaudithook(lambda name, given: bound.append(given) if name == 'socket.bind' else None)\n"
        "from bot.teams.door import TeamsDoor\n"
        "from bot.teams.sdk import SdkConnector\n"
        "from bot.teams.settings import teams_settings_from\n"
        f"settings = teams_settings_from({ENVIRONMENT!r}, '')\n"
        "TeamsDoor(settings); SdkConnector(settings).close()\n"
        "import socket; socket.socket().bind(('127.0.0.1', 0))\n"  # the hook sees what is bound
        "assert ('127.0.0.1', 0) in [where for _, where in bound]\n"
        "assert {where[0] for _, where in bound} <= {'127.0.0.1', '::1'}, bound\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
