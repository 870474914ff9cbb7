"""Which people and channels of Teams stand for which agencies and roles, from a TOML file an administrator writes.

```toml
[[user]]             # a person: the object id of the directory (Entra)
id = "00000000-0000-0000-0000-000000000000"
agency = "korei-fukushi"
role = "coordinator" # clerk, coordinator, supervisor
post = "…"           # optional: a post of coordinators.csv
[[channel]]          # a channel of a team
id = "19:…@thread.tacv2"
agency = "project-team"
```

Who is not in it may use the assistant and sees nobody else's case. Refuses to know what a role may do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bot.peoplemap import Row, lacking, rows_of, stranger
from bot.teams.happening import desk_of
from knowledge.catalogue import Catalogue
from routing.people import Actor, Role
from routing.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class Post:
    """What somebody is: an agency of the pack, a role, and a coordinator's post or none."""

    agency: str
    role: Role = Role.CLERK
    post: str = ""


@dataclass(frozen=True, slots=True)
class People:
    """Directory ids and channel ids → posts."""

    users: Mapping[str, Post] = field(default_factory=dict)
    channels: Mapping[str, tuple[Post, ...]] = field(default_factory=dict)

    def stands_for(self, person: str) -> list[str]:
        """The recipients that are reached through a person."""
        post = self.users.get(person)
        return [f"agency:{post.agency}", *([f"post:{post.post}"] if post.post else [])] if post else []

    def channel(self, conversation: str) -> list[str]:
        """The recipients that are reached through a channel."""
        return [f"agency:{post.agency}" for post in self.channels.get(conversation, ())]

    def write(self, unit: UnitOfWork, at: datetime) -> None:
        """Say for whom each person acts, so that commands about cases know."""
        for person, post in self.users.items():
            actor = Actor(desk_of(person), post.agency, post.role)
            if unit.people.get(actor.id) != actor:
                unit.people.put(actor, at)


def people_of(path: Path | None, catalogue: Catalogue) -> People:
    """The people of a file; nobody without one. Raises `SettingsError` with every problem."""
    if path is None:
        return People()
    known: set[str] = set()

    def person(row: Row) -> str:
        problem = _problem(row, catalogue)
        if not problem and row["id"].lower() in known:
            problem = "同じ id が前にもあります"
        known.add(row.get("id", "").lower())
        return problem

    rows = rows_of(path, "TSUNAGU_TEAMS_MAP", {"user": person, "channel": lambda row: _problem(row, catalogue)})
    channels: dict[str, tuple[Post, ...]] = {}
    for row in rows["channel"]:
        channels[row["id"]] = (*channels.get(row["id"], ()), _post(row))
    return People({row["id"].lower(): _post(row) for row in rows["user"]}, channels)


def _post(row: Row) -> Post:
    return Post(row["agency"], Role(row.get("role", "clerk")), row.get("post", ""))


def _problem(row: Row, catalogue: Catalogue) -> str:
    problem = lacking(row, "id", "agency") or stranger(row, catalogue)
    if not problem and row.get("role", "clerk") not in tuple(Role):
        return f"role={row['role']} は使えません（{'、'.join(Role)}）"
    if not problem and row.get("post") and row["post"] not in catalogue.coordinators:
        return f"post={row['post']} は知識パックの coordinators.csv にありません"
    return problem
