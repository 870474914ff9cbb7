"""Which Slack people and channels stand for which agencies and roles, from a TOML file an administrator writes.

```toml
[[group]]            # a user group of Slack
id = "S0123ABCD"
agency = "korei-fukushi"
role = "coordinator" # clerk, coordinator, project_team, supervisor, keeper
[[user]]
id = "U0123ABCD"
agency = "korei-fukushi"
role = "clerk"
[[channel]]
id = "C0123ABCD"
agency = "project-team"
role = "project_team"
```

Who is not in it may use the assistant and sees nobody else's case. Refuses to know what a role may do.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from bot.settings import SettingsError
from bot.slack.happening import SURFACE, desk_of
from knowledge.catalogue import Catalogue
from routing.outgoing import Contact
from routing.people import Actor, Role
from routing.ports import UnitOfWork

_ROLES = {"coordinator": Role.COORDINATOR, "supervisor": Role.SUPERVISOR}
ROLES = ("clerk", "coordinator", "project_team", "supervisor", "keeper")
_TABLES = ("user", "group", "channel")


@dataclass(frozen=True, slots=True)
class Post:
    """What somebody is: an agency of the pack and a role."""

    agency: str
    role: str


@dataclass(frozen=True, slots=True)
class People:
    """Slack ids → posts. The members of `groups` are written out by `with_members`: Slack knows them."""

    users: Mapping[str, tuple[Post, ...]] = field(default_factory=dict)
    groups: Mapping[str, tuple[Post, ...]] = field(default_factory=dict)
    channels: Mapping[str, tuple[Post, ...]] = field(default_factory=dict)

    def posts(self, user: str) -> tuple[Post, ...]:
        """Everything a person is; nothing when nobody wrote them down."""
        return self.users.get(user, ())

    def with_members(self, members: Mapping[str, Sequence[str]]) -> People:
        """The same people, with the members of the groups (group → users) written out one by one."""
        users = dict(self.users)
        for group, names in members.items():
            for name in names:
                users[name] = tuple(dict.fromkeys((*users.get(name, ()), *self.groups.get(group, ()))))
        return replace(self, users=users)

    def write(self, unit: UnitOfWork, team: str, at: datetime) -> None:
        """Say for whom each person of the map acts, and through which channels and people agencies are reached."""
        for user, posts in self.users.items():
            actor = Actor(desk_of(team, user), posts[0].agency, _ROLES.get(posts[0].role, Role.CLERK))
            if unit.people.get(actor.id) != actor:
                unit.people.put(actor, at)
        for rank, table in enumerate((self.channels, self.users)):
            for address, posts in table.items():
                for post in posts:
                    if table is self.channels or post.role == "coordinator":
                        self._reach(unit, Contact(f"agency:{post.agency}", SURFACE, address, rank=rank), at)

    @staticmethod
    def _reach(unit: UnitOfWork, contact: Contact, at: datetime) -> None:
        known = [(c.surface, c.address) for c in unit.contacts.of(contact.recipient)]
        if (contact.surface, contact.address) not in known:  # one that is gone stays gone until somebody puts it again
            unit.contacts.put(contact, at)

    def channel_of(self, agency: str, role: str = "") -> str:
        """The channel of an agency (with that role); empty when there is none."""
        for channel, posts in self.channels.items():
            if any(post.agency == agency and (not role or post.role == role) for post in posts):
                return channel
        return ""


def people_of(path: Path | None, catalogue: Catalogue) -> People:
    """The people of a file; nobody without one. Raises `SettingsError` with every problem."""
    if path is None:
        return People()
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            f"TSUNAGU_SLACK_MAP={path} を読めません（{type(error).__name__}）。TOML の形で書いてください。"
        ) from error
    problems: list[str] = []
    found: dict[str, dict[str, tuple[Post, ...]]] = {name: {} for name in _TABLES}
    for table, rows in data.items():
        if table not in _TABLES or not isinstance(rows, list):
            problems.append(f"［{table}］という表はありません（使えるのは {'、'.join(_TABLES)}）")
            continue
        for number, row in enumerate(rows, start=1):
            problem = _problem(row, catalogue)
            if problem:
                problems.append(f"[[{table}]] の {number} 件目: {problem}")
                continue
            known = found[table].get(row["id"], ())
            found[table][row["id"]] = (*known, Post(row["agency"], row["role"]))
    if problems:
        raise SettingsError(f"TSUNAGU_SLACK_MAP={path} に {len(problems)} 件の問題があります。 " + " / ".join(problems))
    return People(found["user"], found["group"], found["channel"])


def _problem(row: object, catalogue: Catalogue) -> str:
    if not isinstance(row, dict) or not all(
        isinstance(row.get(key), str) and row[key] for key in ("id", "agency", "role")
    ):
        return "id、agency、role の三つが要ります"
    if row["agency"] not in catalogue.agencies:
        return f"agency={row['agency']} は知識パックにありません"
    if row["role"] not in ROLES:
        return f"role={row['role']} は使えません（{'、'.join(ROLES)}）"
    return ""
