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
[[left]]             # somebody who is not there any more, and who goes on with their talks (may be left out)
id = "U0456ABCD"
to = "U0123ABCD"
```

Who is not in it may use the assistant and sees nobody else's case. Refuses to know what a role may do, and what the store does
with it (see members.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.peoplemap import Row, lacking, rows_of, stranger
from knowledge.catalogue import Catalogue

ROLES = ("clerk", "coordinator", "project_team", "supervisor", "keeper")
_TABLES = ("user", "group", "channel")


@dataclass(frozen=True, slots=True)
class Post:
    """What somebody is: an agency of the pack and a role."""

    agency: str
    role: str


@dataclass(frozen=True, slots=True)
class People:
    """Slack ids → posts. The members of `groups` are written out by `with_members`: Slack knows them.

    `left`: who is gone → who goes on with their talks (empty when nobody was named).
    """

    users: Mapping[str, tuple[Post, ...]] = field(default_factory=dict)
    groups: Mapping[str, tuple[Post, ...]] = field(default_factory=dict)
    channels: Mapping[str, tuple[Post, ...]] = field(default_factory=dict)
    left: Mapping[str, str] = field(default_factory=dict)

    def posts(self, user: str) -> tuple[Post, ...]:
        """Everything a person is; nothing when nobody wrote them down, or when they left."""
        return () if user in self.left else self.users.get(user, ())

    def with_members(self, members: Mapping[str, Sequence[str]]) -> People:
        """The same people, with the members of the groups (group → users) written out one by one."""
        users = dict(self.users)
        for group, names in members.items():
            for name in names:
                users[name] = tuple(dict.fromkeys((*users.get(name, ()), *self.groups.get(group, ()))))
        return replace(self, users=users)

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
    rows = rows_of(
        path, "TSUNAGU_SLACK_MAP", {**dict.fromkeys(_TABLES, lambda row: _problem(row, catalogue)), "left": _gone}
    )
    found: dict[str, dict[str, tuple[Post, ...]]] = {name: {} for name in _TABLES}
    for table in _TABLES:
        for row in rows[table]:
            known = found[table].get(row["id"], ())
            found[table][row["id"]] = (*known, Post(row["agency"], row["role"]))
    gone = {row["id"]: row.get("to", "") for row in rows["left"]}
    return People(found["user"], found["group"], found["channel"], gone)


def _gone(row: Row) -> str:
    return lacking(row, "id")


def _problem(row: Row, catalogue: Catalogue) -> str:
    problem = lacking(row, "id", "agency", "role") or stranger(row, catalogue)
    if not problem and row["role"] not in ROLES:
        return f"role={row['role']} は使えません（{'、'.join(ROLES)}）"
    return problem
