"""One base error and one subclass per situation. A message says what, and what to do next; it never carries personal details."""

from __future__ import annotations


class RoutingError(Exception):
    """Base of every error of this package. `code` names the situation for templates and tests."""

    code = "routing"


class UnknownCase(RoutingError):
    """No case has this number (or the asking person may not know of it)."""

    code = "unknown_case"


class IllegalMove(RoutingError):
    """The case is in a state in which this command has no meaning. Carries the state's and the command's names."""

    code = "illegal_move"

    def __init__(self, state: str, command: str) -> None:
        self.state, self.command = state, command
        super().__init__(
            f"「{state}」の状態では「{command}」はできません。画面を読み直して、今の状態を確かめてください。"
        )


class StaleWrite(RoutingError):
    """Somebody else changed the record since it was read; nothing was written."""

    code = "stale_write"


class StoreError(RoutingError):
    """Base of what can be wrong with the database itself."""

    code = "store"


class StoreLocked(StoreError):
    """Another process holds the database for longer than the time-out."""

    code = "store_locked"


class StoreReadOnly(StoreError):
    """The database (or its folder) cannot be written."""

    code = "store_read_only"


class StoreTooNew(StoreError):
    """The database was written by a newer version of this program."""

    code = "store_too_new"


class StoreTooOld(StoreError):
    """The database waits for `tsunagu db upgrade`."""

    code = "store_too_old"


class StoreUnreachable(StoreError):
    """The database cannot be reached or opened at all."""

    code = "store_unreachable"


class KeyMissing(StoreError):
    """Identity cannot be opened: the key is missing, malformed, or not the one it was written with."""

    code = "key_missing"


class PolicyError(RoutingError):
    """The policy data is wrong. Holds every problem by rule id."""

    code = "policy"

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"判断の方針に {len(problems)} 件の問題があります。\n" + "\n".join(f"  {p}" for p in problems))


class VersionMissing(RoutingError):
    """The pack or policy that a stored case was decided with is not kept. Carries which one and its digest."""

    code = "version_missing"

    def __init__(self, kind: str, digest: str) -> None:
        self.kind, self.digest = kind, digest
        what = {"pack": "知識パック", "policy": "判断の方針"}[kind]
        super().__init__(
            f"この案件を判断した日の{what}（版 {digest}）が残っていません。"
            "その版のパックを TSUNAGU_PACKS に置くか、その版を残しているバックアップから戻してください。"
        )


class VersionUnreadable(RoutingError):
    """A kept pack or policy cannot be read by this program. Carries which one and its digest."""

    code = "version_unreadable"

    def __init__(self, kind: str, digest: str) -> None:
        self.kind, self.digest = kind, digest
        what = {"pack": "知識パック", "policy": "判断の方針"}[kind]
        super().__init__(f"残してある{what}（版 {digest}）を読めません。データベースが壊れていないか確かめてください。")
