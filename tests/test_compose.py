"""compose.yaml and the Containerfile: two replicas and a database, on this machine alone, with secrets in files only."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import SettingsError, settings_from

ROOT = Path(__file__).parents[1]
COMPOSE = ROOT / "compose.yaml"
REPLICAS = ("replica-1", "replica-2")


def compose() -> dict[str, Any]:
    made: dict[str, Any] = yaml.safe_load(COMPOSE.read_text("utf-8"))
    return made


def test_docker_itself_accepts_the_file(tmp_path: Path) -> None:
    if shutil.which("docker") is None:
        pytest.skip("docker is not installed: `docker compose config` was not run")
    if subprocess.run(["docker", "compose", "version"], capture_output=True).returncode != 0:
        pytest.skip("docker is installed without its compose plugin: `docker compose config` was not run")
    shutil.copy(COMPOSE, tmp_path)
    (tmp_path / "tsunagu.env").touch()
    done = subprocess.run(["docker", "compose", "config", "-q"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_two_replicas_share_one_database_and_differ_by_their_port_only() -> None:
    services = compose()["services"]
    assert services.keys() == {"database", *REPLICAS}
    one, two = (dict(services[name]) for name in REPLICAS)
    ports = {each.pop("environment")["PORT"] for each in (one, two)}
    assert one == two
    assert ports == {"8081", "8082"}
    assert one["depends_on"] == {"database": {"condition": "service_healthy"}}


def test_nothing_listens_beyond_this_machine() -> None:
    services = compose()["services"]
    published = [port for each in services.values() for port in each.get("ports", ())]
    assert published == ["127.0.0.1:5432:5432"]
    for name in REPLICAS:
        assert services[name]["network_mode"] == "host"
        assert settings_from({**services[name]["environment"], "DATABASE_URL_FILE": "", "TSUNAGU_KEY_FILE": ""}).demo


def test_health_is_asked_where_the_process_says_whether_it_is_ready() -> None:
    for name in REPLICAS:
        test = compose()["services"][name]["healthcheck"]["test"]
        assert test[:2] == ["CMD", "python"]
        assert "/readyz" in test[3]
        compile(test[3], "healthcheck", "exec")
    assert "pg_isready" in compose()["services"]["database"]["healthcheck"]["test"]


def test_secrets_come_as_files_and_none_is_written_down() -> None:
    made = compose()
    for service in made["services"].values():
        for name, value in service["environment"].items():
            if re.search("KEY|URL|PASSWORD|TOKEN|SECRET", name):
                assert name.endswith("_FILE"), name
                assert value.removeprefix("/run/secrets/") in service["secrets"]
        assert set(service["secrets"]) <= made["secrets"].keys()
    files = {secret["file"] for secret in made["secrets"].values()}
    assert all(name.startswith("./secrets/") for name in files)
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert {"secrets/", "tsunagu.env"} <= set(ignored)


@pytest.mark.parametrize("name", ["compose.yaml", "Containerfile"])
def test_images_are_named_without_a_host(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    images = re.findall(r"^\s*(?:image:|FROM)\s+(\S+)", text, re.M)
    assert set(images) <= {"postgres:18", "tsunagu", "python:3.11-slim"}
    assert images


def test_the_image_is_made_by_make_setup_and_runs_without_rights() -> None:
    steps = [
        line.split(maxsplit=1)
        for line in (ROOT / "Containerfile").read_text("utf-8").splitlines()
        if line[:1].isupper()
    ]
    assert ["RUN", "make setup"] in steps
    assert [step[0] for step in steps][-3:] == ["USER", "STOPSIGNAL", "CMD"]
    copied = {source for word, rest in steps if word == "COPY" for source in rest.split()[:-1]}
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    assert copied == kept
    assert all((ROOT / source).exists() for source in copied)


def test_a_replica_is_stopped_later_than_the_slowest_send_takes() -> None:
    """Longer than a tick's patience and a send's time-out, so that what is being sent is marked before the end."""
    assert compose()["services"]["replica-1"]["stop_grace_period"] == "60s"


def test_secrets_in_files_are_read_and_missing_ones_are_named(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://tsunagu:secret@127.0.0.1/tsunagu\n", "utf-8")
    (tmp_path / "key").write_text("k\n", "utf-8")
    given = {"DATABASE_URL_FILE": str(tmp_path / "url"), "TSUNAGU_KEY_FILE": str(tmp_path / "key")}
    read = settings_from(given)
    assert (read.database_url, read.key) == ("postgresql://tsunagu:secret@127.0.0.1/tsunagu", "k")
    assert settings_from({**given, "TSUNAGU_KEY": "own"}).key == "own"
    with pytest.raises(SettingsError, match=r"TSUNAGU_KEY_FILE=.*nowhere を読めません"):
        settings_from({"TSUNAGU_KEY_FILE": str(tmp_path / "nowhere")})


def test_settings_never_show_a_secret() -> None:
    shown = repr(settings_from({"TSUNAGU_KEY": "the-key", "TSUNAGU_METRICS_TOKEN": "a-long-enough-token"}))
    assert "the-key" not in shown
    assert "token" not in shown.replace("metrics_token", "")
    with pytest.raises(SettingsError, match="短すぎ"):
        settings_from({"TSUNAGU_METRICS_TOKEN": "short"})
