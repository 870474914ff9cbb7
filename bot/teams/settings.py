"""The part of the environment that is about Teams → frozen `TeamsSettings`. Secrets are never shown, not even in errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.settings import SettingsError

_GUID = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
CLOUDS = ("public", "usgov", "usgovdod", "china")


@dataclass(frozen=True, slots=True)
class TeamsSettings:
    """`tenants`: whose Teams may talk to us. `url`: where browsers reach the web chat. `cloud`: one of `CLOUDS`."""

    app_id: str
    secret: str = field(repr=False)
    tenant: str
    tenants: frozenset[str]
    url: str = ""
    map: Path | None = None
    cloud: str = "public"
    timeout_seconds: float = 10.0


def teams_settings_from(environment: Mapping[str, str], web: str) -> TeamsSettings | None:
    """The settings of an environment; None when Teams is not set up at all. Raises `SettingsError`.

    `web`: the address of the web chat when TSUNAGU_URL does not say another.
    """
    app = environment.get("TSUNAGU_TEAMS_APP_ID", "").strip().lower()
    secret = environment.get("TSUNAGU_TEAMS_APP_SECRET", "").strip()
    tenant = environment.get("TSUNAGU_TEAMS_TENANT_ID", "").strip().lower()
    if not (app or secret or tenant):
        return None
    for name, value in (("TSUNAGU_TEAMS_APP_ID", app), ("TSUNAGU_TEAMS_TENANT_ID", tenant)):
        if not _GUID.match(value):
            raise SettingsError(
                f"{name} に、Azure のポータルに表示される ID（8-4-4-4-12 桁の英数字）を設定してください（docs/teams.md）。"
            )
    if not secret:
        raise SettingsError(
            "TSUNAGU_TEAMS_APP_SECRET に、アプリ登録のクライアント シークレットを設定してください（docs/teams.md）。"
        )
    cloud = environment.get("TSUNAGU_TEAMS_CLOUD", "").strip().lower() or CLOUDS[0]
    if cloud not in CLOUDS:
        raise SettingsError(f"TSUNAGU_TEAMS_CLOUD は {'、'.join(CLOUDS)} のどれかです（ふつうは設定しません）。")
    found = environment.get("TSUNAGU_TEAMS_MAP", "")
    return TeamsSettings(
        app_id=app,
        secret=secret,
        tenant=tenant,
        tenants=_tenants(environment.get("TSUNAGU_TEAMS_TENANTS", ""), tenant),
        url=(environment.get("TSUNAGU_URL", "") or web).rstrip("/"),
        map=Path(found).absolute() if found else None,
        cloud=cloud,
    )


def _tenants(text: str, own: str) -> frozenset[str]:
    """The allowed tenants: those named, else our own alone."""
    named = [part.lower() for part in re.split(r"[\s,]+", text) if part]
    wrong = [part for part in named if not _GUID.match(part)]
    if wrong:
        raise SettingsError(
            f"TSUNAGU_TEAMS_TENANTS に、テナント ID でないものが {len(wrong)} 件あります。空白で区切って並べてください。"
        )
    return frozenset(named or [own])
