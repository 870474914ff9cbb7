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

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.settings import SettingsError
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
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            f"TSUNAGU_SLACK_MAP={path} を読めません（{type(error).__name__}）。TOML の形で書いてください。"
        ) from error
    problems: list[str] = []
    found: dict[str, dict[str, tuple[Post, ...]]] = {name: {} for name in _TABLES}
    left = data.pop("left", [])
    if not all(isinstance(row, dict) and isinstance(row.get("id"), str) for row in left):
        problems.append("[[left]] には id が要ります")
        left = []
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
    gone = {row["id"]: str(row.get("to", "")) for row in left}
    return People(found["user"], found["group"], found["channel"], gone)


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
