"""The part of the environment that is about Slack → frozen `SlackSettings`. Tokens are never shown, not even in errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.settings import SettingsError

API = "https://slack.com/api/"


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """`app_token` set: Socket Mode; otherwise HTTP with `signing_secret`. `url`: where browsers reach the web chat."""

    bot_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    app_token: str = field(repr=False)
    api: str = API
    url: str = ""
    map: Path | None = None
    timeout_seconds: int = 10

    @property
    def socket(self) -> bool:
        """Whether Slack is reached by Socket Mode."""
        return bool(self.app_token)


def slack_settings_from(environment: Mapping[str, str], web: str) -> SlackSettings | None:
    """The settings of an environment; None when Slack is not set up at all. Raises `SettingsError`.

    `web`: the address of the web chat when TSUNAGU_URL does not say another.
    """
    bot = environment.get("TSUNAGU_SLACK_BOT_TOKEN", "").strip()
    secret = environment.get("TSUNAGU_SLACK_SIGNING_SECRET", "").strip()
    app = environment.get("TSUNAGU_SLACK_APP_TOKEN", "").strip()
    if not (bot or secret or app):
        return None
    if not bot.startswith("xoxb-"):
        raise SettingsError(
            "TSUNAGU_SLACK_BOT_TOKEN に、xoxb- で始まる Bot User OAuth Token を設定してください（docs/slack.md）。"
        )
    if app and not app.startswith("xapp-"):
        raise SettingsError("TSUNAGU_SLACK_APP_TOKEN は、xapp- で始まる App-Level Token です（docs/slack.md）。")
    if not app and not secret:
        raise SettingsError(
            "Slack の受け取り方が決まっていません。HTTP なら TSUNAGU_SLACK_SIGNING_SECRET を、"
            "Socket Mode なら TSUNAGU_SLACK_APP_TOKEN を設定してください（docs/slack.md）。"
        )
    found = environment.get("TSUNAGU_SLACK_MAP", "")
    api = environment.get("TSUNAGU_SLACK_API_URL", "") or API
    return SlackSettings(
        bot_token=bot,
        signing_secret=secret,
        app_token=app,
        api=api if api.endswith("/") else f"{api}/",
        url=environment.get("TSUNAGU_URL", "") or web,
        map=Path(found).absolute() if found else None,
    )
