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

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bot.settings import SettingsError
from bot.teams.happening import desk_of
from knowledge.catalogue import Catalogue
from routing.people import Actor, Role
from routing.ports import UnitOfWork

_TABLES = ("user", "channel")


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
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            f"TSUNAGU_TEAMS_MAP={path} を読めません（{type(error).__name__}）。TOML の形で書いてください。"
        ) from error
    problems: list[str] = []
    users: dict[str, Post] = {}
    channels: dict[str, tuple[Post, ...]] = {}
    for table, rows in data.items():
        if table not in _TABLES or not isinstance(rows, list):
            problems.append(f"［{table}］という表はありません（使えるのは {'、'.join(_TABLES)}）")
            continue
        for number, row in enumerate(rows, start=1):
            problem = _problem(row, catalogue)
            if not problem and table == "user" and row["id"].lower() in users:
                problem = "同じ id が前にもあります"
            if problem:
                problems.append(f"[[{table}]] の {number} 件目: {problem}")
                continue
            post = Post(row["agency"], Role(row.get("role", "clerk")), row.get("post", ""))
            if table == "user":
                users[row["id"].lower()] = post
            else:
                channels[row["id"]] = (*channels.get(row["id"], ()), post)
    if problems:
        raise SettingsError(f"TSUNAGU_TEAMS_MAP={path} に {len(problems)} 件の問題があります。 " + " / ".join(problems))
    return People(users, channels)


def _problem(row: object, catalogue: Catalogue) -> str:
    if not isinstance(row, dict) or not all(isinstance(row.get(key), str) and row[key] for key in ("id", "agency")):
        return "id と agency が要ります"
    if row["agency"] not in catalogue.agencies:
        return f"agency={row['agency']} は知識パックにありません"
    if row.get("role", "clerk") not in tuple(Role):
        return f"role={row['role']} は使えません（{'、'.join(Role)}）"
    if row.get("post") and row["post"] not in catalogue.coordinators:
        return f"post={row['post']} は知識パックの coordinators.csv にありません"
    return ""
