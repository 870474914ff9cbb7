"""What can be checked of the Teams set-up from here, one line each. Refuses to know wording and the environment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.teams.outgoing import NoAnswer, NoToken
from bot.teams.people import People
from bot.teams.settings import TeamsSettings
from routing.outgoing import ContactState
from routing.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class Check:
    """`name` picks the words; `note` is a count or a name, never a secret."""

    name: str
    good: bool
    note: str = ""


def examine(
    settings: TeamsSettings, people: People, token: Callable[[], None], keys: Callable[[], int]
) -> Iterator[Check]:
    """The address, who is mapped, whether Microsoft's login knows us (`token`), and how many keys it shows (`keys`)."""
    address = urlsplit(settings.url)
    yield Check("url", address.scheme == "https" and bool(address.hostname), address.hostname or "")
    yield Check("tenants", True, str(len(settings.tenants)))
    yield Check("map", bool(people.users or people.channels), f"{len(people.users)}+{len(people.channels)}")
    try:
        token()
    except (NoToken, NoAnswer) as error:
        yield Check("token", False, type(error.__cause__ or error).__name__)
    else:
        yield Check("token", True)
    try:
        yield Check("keys", True, str(keys()))
    except Exception as error:
        yield Check("keys", False, type(error).__name__)


def reached(unit: UnitOfWork, people: People) -> Iterator[Check]:
    """Which agencies with a channel can be told there: the app must have been seen in it."""
    agencies = sorted({post.agency for posts in people.channels.values() for post in posts})
    for agency in agencies:
        contacts = [c for c in unit.contacts.of(f"agency:{agency}") if c.surface == "teams"]
        active = [c for c in contacts if c.state is ContactState.ACTIVE]
        why = next((c.why for c in contacts if c.why), "")
        yield Check("channel" if active or not why else "channel_gone", bool(active), agency)
