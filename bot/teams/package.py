"""The app package that an administrator uploads: a zip with the manifest and two icons. Same input, same bytes.

Knows what Teams asks of a manifest; refuses to know the environment and wording.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any
from urllib.parse import urlsplit

from bot.teams.icons import color_icon, outline_icon
from bot.teams.incoming import COMMAND
from bot.teams.words import commands, word

VERSION = "1.0.0"
_SCHEMA = "https://developer.microsoft.com/json-schemas/teams/v1.17/MicrosoftTeams.schema.json"
_DAY = (2026, 1, 1, 0, 0, 0)
_SCOPES = ("personal", "team", "groupChat")


def manifest(app_id: str, url: str) -> dict[str, Any]:
    """The manifest. `url`: where browsers reach this server (https)."""
    listed = [{"title": title, "description": help_text} for title, help_text in commands()]
    connect = {
        "id": COMMAND,
        "type": "action",
        "title": word("manifest.connect"),
        "description": word("manifest.connect_help"),
        "context": ["message"],
        "fetchTask": True,
    }
    return {
        "$schema": _SCHEMA,
        "manifestVersion": "1.17",
        "version": VERSION,
        "id": app_id,
        "developer": {
            "name": word("manifest.developer"),
            "websiteUrl": url,
            "privacyUrl": url,
            "termsOfUseUrl": url,
        },
        "localizationInfo": {"defaultLanguageTag": "ja"},
        "name": {"short": word("manifest.name"), "full": word("manifest.full")},
        "description": {"short": word("manifest.short"), "full": word("manifest.long")},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": "#1F5F8B",
        "bots": [
            {
                "botId": app_id,
                "scopes": list(_SCOPES),
                "supportsFiles": False,
                "isNotificationOnly": False,
                "commandLists": [{"scopes": list(_SCOPES), "commands": listed}],
            }
        ],
        "composeExtensions": [{"botId": app_id, "commands": [connect]}],
        "permissions": ["identity", "messageTeamMembers"],
        "validDomains": [urlsplit(url).hostname or ""],
    }


def package(app_id: str, url: str) -> bytes:
    """The zip."""
    text = json.dumps(manifest(app_id, url), ensure_ascii=False, indent=2) + "\n"
    parts = (("manifest.json", text.encode()), ("color.png", color_icon()), ("outline.png", outline_icon()))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        for name, data in parts:
            box.writestr(zipfile.ZipInfo(name, _DAY), data)
    return out.getvalue()
