"""`tsunagu teams manifest` and `tsunagu teams doctor`, at the outer edge."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from bot.app import read_key
from bot.clock import settings_of
from bot.render import Renderer
from bot.settings import Settings, SettingsError
from bot.teams.doctor import Check, examine, reached
from bot.teams.package import package
from bot.teams.people import People, people_of
from bot.teams.settings import TeamsSettings, teams_settings_from
from knowledge.load import PACKS, load
from routing.errors import StoreError
from routing.policy import load_policy


def teams(given: argparse.Namespace) -> int:
    """Write the app package, or say what works and what does not."""
    settings = settings_of(given)
    found = teams_settings_from(os.environ, "")
    if found is None:
        raise SettingsError(
            "Teams の設定がありません。docs/teams.md のとおりに TSUNAGU_TEAMS_APP_ID などを設定してください。"
        )
    return _manifest(given, found) if given.what == "manifest" else _doctor(settings, found)


def _manifest(given: argparse.Namespace, found: TeamsSettings) -> int:
    url = given.url or found.url
    if not url.startswith("https://"):
        raise SettingsError(
            "アプリのパッケージには、https:// で始まる公開アドレスが要ります。TSUNAGU_URL か --url で指定してください。"
        )
    path = Path(given.out)
    path.write_bytes(package(found.app_id, url))
    print(f"{path} を書きました。Teams 管理センターの「アプリを管理」からアップロードしてください（docs/teams.md）。")
    return 0


def _doctor(settings: Settings, found: TeamsSettings) -> int:
    catalogue = load(settings.pack, settings.packs or PACKS)
    renderer = Renderer(catalogue, load_policy(catalogue))
    people = people_of(found.map, catalogue)
    checks = [*_outside(found, people), *_channels(settings, people)]
    failed = sum(not check.good and check.name != "map" for check in checks)
    print(renderer.text("teams/doctor.j2", checks=checks, failed=failed).strip())
    return 1 if failed else 0


def _outside(found: TeamsSettings, people: People) -> Iterator[Check]:
    from bot.teams.door import TeamsDoor
    from bot.teams.sdk import SdkConnector

    connector, door = SdkConnector(found), TeamsDoor(found)
    try:
        yield from examine(found, people, connector.check_token, door.keys)
    finally:
        connector.close()


def _channels(settings: Settings, people: People) -> Iterator[Check]:
    """What the database knows of the mapped channels; nothing when it cannot be opened yet."""
    from routing.store import open_store

    try:
        store = open_store(settings.database_url, read_key(settings)[0])
    except StoreError:
        return
    try:
        with store.unit(reading=True) as unit:
            yield from list(reached(unit, people))
    finally:
        store.close()
