"""`tsunagu slack manifest` and `tsunagu slack doctor`, at the outer edge."""

from __future__ import annotations

import argparse
import os
from time import monotonic

from slack_sdk import WebClient

from bot.clock import settings_of
from bot.render import Renderer
from bot.settings import SettingsError
from bot.slack.api import Api
from bot.slack.doctor import examine
from bot.slack.manifest import manifest
from bot.slack.people import people_of
from bot.slack.settings import slack_settings_from
from knowledge.catalogue import Catalogue
from knowledge.load import PACKS, load
from routing.policy import load_policy


def slack(given: argparse.Namespace) -> int:
    """Print the manifest, or what works and what does not."""
    settings = settings_of(given)
    catalogue = load(settings.pack, settings.packs or PACKS)
    renderer = Renderer(catalogue, load_policy(catalogue))
    if given.what == "manifest":
        if given.url and not given.url.startswith("https://"):
            raise SettingsError(f"--url {given.url} は使えません。https:// で始まるアドレスにしてください。")
        print(manifest(renderer, given.url), end="")
        return 0
    return _doctor(renderer, catalogue)


def _doctor(renderer: Renderer, catalogue: Catalogue) -> int:
    settings = slack_settings_from(os.environ, "")
    if settings is None:
        raise SettingsError(
            "Slack の設定がありません。docs/slack.md のとおりに TSUNAGU_SLACK_BOT_TOKEN などを設定してください。"
        )
    client = WebClient(settings.bot_token, base_url=settings.api, timeout=settings.timeout_seconds)
    checks = list(examine(settings, Api(client, monotonic), people_of(settings.map, catalogue)))
    failed = sum(not check.good and check.name != "map" for check in checks)
    print(renderer.text("slack/doctor.j2", checks=checks, failed=failed).strip())
    return 1 if failed else 0
