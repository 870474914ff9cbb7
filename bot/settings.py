"""Environment → frozen `Settings`. Knows names, defaults and what is refused; the only reader of the environment."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingsError(Exception):
    """A setting cannot be used; the message (one line, for the administrator) says which, why and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a process needs to know. `key` is empty when the demo key file is to be used."""

    var: Path
    host: str
    port: int
    pack: str
    database_url: str
    key: str
    packs: Path | None

    @property
    def demo(self) -> bool:
        """Whether people may choose for whom they act: on this machine alone, until accounts exist."""
        return is_loopback(self.host)

    @property
    def key_file(self) -> Path:
        """Where the demo's key lies."""
        return self.var / "key"


def settings_from(environment: Mapping[str, str]) -> Settings:
    """The settings of an environment. Raises `SettingsError`."""
    var = Path(environment.get("TSUNAGU_VAR", "var")).absolute()
    host = environment.get("HOST", "127.0.0.1").strip()
    if not is_loopback(host):
        raise SettingsError(
            f"HOST={host} では起動できません。利用者の登録（ログイン）ができるまでは、この端末の中（127.0.0.1）だけで動きます。"
            " HOST を外すか 127.0.0.1 にしてください。"
        )
    packs = environment.get("TSUNAGU_PACKS", "")
    return Settings(
        var=var,
        host=host,
        port=_port(environment.get("PORT", "8080")),
        pack=environment.get("TSUNAGU_PACK", "mihon"),
        database_url=environment.get("DATABASE_URL", "") or f"sqlite:///{var / 'tsunagu.db'}",
        key=environment.get("TSUNAGU_KEY", ""),
        packs=Path(packs).absolute() if packs else None,
    )


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise SettingsError(f"PORT={text} は使えません。1 から 65535 の数字にしてください（例: PORT=8081）。")
    return int(text)
