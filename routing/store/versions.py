"""Kept packs and policies, each once under its digest. Refuses to know what the documents say."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import col, select

from routing.store.columns import storable
from routing.store.desk import Desk
from routing.store.tables import VersionRow


class SqlVersions(Desk):
    """`ports.Versions`."""

    def has(self, kind: str, digest: str) -> bool:
        """Whether the document is there."""
        same = (col(VersionRow.kind) == kind, col(VersionRow.digest) == digest)
        return self._first(select(VersionRow.digest).where(*same)) is not None

    def keep(self, kind: str, digest: str, body: str, at: datetime) -> None:
        """Keep a document; what another process kept under the same digest meanwhile is the same document."""
        values = {"kind": kind, "digest": digest, "body": storable(body), "kept_at": at}
        kept = self._insert(VersionRow).values(values).on_conflict_do_nothing()
        self._write(kept.returning(col(VersionRow.digest)))

    def get(self, kind: str, digest: str) -> str | None:
        """The document, None when it was never kept."""
        same = (col(VersionRow.kind) == kind, col(VersionRow.digest) == digest)
        return self._first(select(VersionRow.body).where(*same))
