"""One base error and one subclass per situation. A message says what, and what to do next; it never carries personal details."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


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


class AlreadySettled(IllegalMove):
    """Somebody settled it before: the button or timer that came now is out of date. Nothing was done twice."""

    code = "already_settled"

    def __init__(self, state: str, command: str) -> None:
        super().__init__(state, command)
        self.args = (
            f"もう「{state}」になっているため、「{command}」は行いませんでした。案件のページで、今の状態をご確認ください。",
        )


class NotAllowed(RoutingError):
    """The acting person does not act for the desk that may do this. Carries who may."""

    code = "not_allowed"

    def __init__(self, command: str, who: str) -> None:
        self.command, self.who = command, who
        super().__init__(
            f"「{command}」ができるのは、{who}の担当の方です。担当の方に頼むか、立場を選び直してください。"
        )


class Missing(RoutingError):
    """Something that must be said was not said. `what` names it; nothing was done."""

    code = "missing"

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"{what}を入れてください。入れるまで、何も送られず、何も変わりません。")


class UnknownAgency(RoutingError):
    """The agency is not in the town's pack, or no longer (not yet) in force."""

    code = "unknown_agency"

    def __init__(self, agency: str) -> None:
        self.agency = agency
        super().__init__(
            f"機関「{agency}」は、今の知識パックで使えません（廃止、開始前、または番号の誤り）。一覧から選び直してください。"
        )


class NoBasis(RoutingError):
    """Nothing may be shared on this basis now: consent or a legal ground is missing, or it does not reach so far."""

    code = "no_basis"

    def __init__(self, basis: str, why: str) -> None:
        self.basis, self.why = basis, why
        super().__init__(
            f"この根拠（{basis}）では共有できません: {why}。本人の同意を確かめるか、個人が分からない形でご相談ください。"
        )


class StillOpen(RoutingError):
    """Another request to take the case is still unanswered; two desks must never both believe that it is theirs."""

    code = "still_open"

    def __init__(self, agency: str) -> None:
        self.agency = agency
        super().__init__(
            f"{agency}への引き受けのお願いに、まだ返事がありません。返事を待つか、取り下げてから送ってください。"
        )


class LinkRefused(RoutingError):
    """A one-time link opens nothing. `why`: used, expired, unknown, code, locked."""

    code = "link_refused"

    _WORDS: ClassVar[Mapping[str, str]] = {
        "used": "このリンクは、もう使われています",
        "expired": "このリンクは期限が切れています",
        "unknown": "このリンクは正しくありません",
        "code": "電話でお伝えした番号と違います",
        "locked": "番号の間違いが続いたため、このリンクは使えなくなりました",
    }

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"{self._WORDS[why]}。お手数ですが、送り主の窓口へ電話でお知らせください。")


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


class BackupRefused(RoutingError):
    """A backup cannot be made or restored; nothing was changed. `why`: exists, unwritable, damaged, newer, key, occupied, running."""

    code = "backup"

    def __init__(self, why: str, message: str) -> None:
        self.why = why
        super().__init__(message)


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
