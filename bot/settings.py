"""Environment → frozen `Settings`. Knows names, defaults and what is refused; the only reader of the environment."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

READABLE, JSON = "text", "json"
AFAR = "far-"  # in a person's name: came through a proxy
_LEAST_TOKEN = 16


class SettingsError(Exception):
    """A setting cannot be used; the message (one line, for the administrator) says which, why and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a process needs to know. `key` is empty when the demo key file is to be used.

    `log`: how records are written, `text` or `json`. `metrics_token`: who shows it may read the figures from elsewhere.
    """

    var: Path
    host: str
    port: int
    pack: str
    database_url: str = field(repr=False)
    key: str = field(repr=False)
    packs: Path | None
    log: str = READABLE
    metrics_token: str = field(default="", repr=False)

    @property
    def demo(self) -> bool:
        """Whether people may choose for whom they act: on this machine alone, until accounts exist.

        Never for those who come through a proxy (see `from_afar`): somebody else may sit there.
        """
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
        database_url=_secret(environment, "DATABASE_URL") or f"sqlite:///{var / 'tsunagu.db'}",
        key=_secret(environment, "TSUNAGU_KEY"),
        packs=Path(packs).absolute() if packs else None,
        log=_log(environment.get("TSUNAGU_LOG", "").strip().lower() or READABLE),
        metrics_token=_token(_secret(environment, "TSUNAGU_METRICS_TOKEN").strip()),
    )


def from_afar(person: str) -> bool:
    """Whether a person of the web came through a proxy, so that it is not known that they sit at this machine."""
    return person.partition(":")[2].startswith(AFAR)


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


def _secret(environment: Mapping[str, str], name: str) -> str:
    """A secret given as it is, or (`NAME_FILE`) as the file that holds it, as containers hand secrets over."""
    file = environment.get(f"{name}_FILE", "")
    if environment.get(name) or not file:
        return environment.get(name, "")
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{name}_FILE={file} を読めません（{type(error).__name__}）。ファイルの場所と、読む権限を確かめてください。"
        ) from None


def _log(word: str) -> str:
    if word not in (READABLE, JSON):
        raise SettingsError(f"TSUNAGU_LOG={word} は使えません。text（既定）か json にしてください。")
    return word


def _token(text: str) -> str:
    if text and len(text) < _LEAST_TOKEN:
        raise SettingsError(
            f"TSUNAGU_METRICS_TOKEN は短すぎます。{_LEAST_TOKEN} 文字以上の、推し量れない文字列にしてください。"
        )
    return text
