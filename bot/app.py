"""The one place of assembly: settings → town, store, conversation. Everything else is given what it needs."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass

from bot.casework import CaseDesk
from bot.conversation import Conversation
from bot.settings import Settings
from bot.world import Town, open_town
from knowledge.load import PACKS
from routing.store import SqlStore, load_or_create_key, open_store, upgrade

_CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without letters that are read for another
_CODE_LENGTH = 8


@dataclass(frozen=True, slots=True)
class App:
    """An assembled process. `key_created`: a demo key was made just now and the administrator must be told."""

    settings: Settings
    town: Town
    store: SqlStore
    conversation: Conversation
    desk: CaseDesk
    key_created: bool = False


def new_id() -> str:
    """A case id."""
    return uuid.uuid4().hex


def new_code() -> str:
    """A resume code: eight letters and digits from the operating system's randomness (40 bits)."""
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH))


def new_token() -> str:
    """The secret part of a one-time link (256 bits)."""
    return secrets.token_urlsafe(32)


def new_digits() -> str:
    """The code of a one-time link, told by phone: six digits; a link bears only a few wrong ones."""
    return f"{secrets.randbelow(1_000_000):06d}"


def read_key(settings: Settings) -> tuple[str, bool]:
    """The key, and whether it was made just now. `TSUNAGU_KEY` wins over the demo's key file."""
    if settings.key:
        return settings.key, False
    settings.var.mkdir(parents=True, exist_ok=True)
    return load_or_create_key(settings.key_file)


def assemble(settings: Settings, *, migrate: bool = False) -> App:
    """Open everything. `migrate` brings the schema up to date first (the demo and `make run` do).

    Raises the typed errors of the packs, the policy, the settings and the store.
    """
    town = open_town(settings.pack, settings.packs or PACKS)
    settings.var.mkdir(parents=True, exist_ok=True)
    key, created = read_key(settings)
    if migrate:
        upgrade(settings.database_url)
    store = open_store(settings.database_url, key)
    desk = CaseDesk(town, new_token, new_digits, demo=settings.demo)
    return App(settings, town, store, Conversation(store, town, desk, new_id, new_code), desk, created)
