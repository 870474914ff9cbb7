"""A picture below a message: uploaded to the address that Slack gives for it, then shared where the message stands.

Knows the three steps and that without the permission `files:write` there is a link instead. Refuses to know what is shown.
"""

from __future__ import annotations

import json
import logging

from bot.cards import Picture
from bot.slack.api import Api, Done

_LOG = logging.getLogger("tsunagu.slack")
_NAME = "tsunagu-weekly.png"


class Uploads:
    """`link`: where the same picture is seen on the web, empty when there is no such place."""

    def __init__(self, api: Api, link: str = "") -> None:
        self._api, self.link = api, link

    def start(self, picture: Picture) -> str:
        """Hand the picture over, seen by nobody yet; its id, empty when Slack does not take it."""
        asked = {"filename": _NAME, "length": len(picture.png), "alt_txt": picture.alt[:1000]}
        outcome = self._api.call("files.getUploadURLExternal", **asked)
        if not isinstance(outcome, Done):
            return ""
        url, file = str(outcome.data.get("upload_url") or ""), str(outcome.data.get("file_id") or "")
        return file if url and self._api.upload(url, picture.png) else ""

    def finish(self, file: str, channel: str, ts: str, title: str) -> bool:
        """Share it below a message."""
        files = json.dumps([{"id": file, "title": title[:200]}], ensure_ascii=False)
        given = {"files": files, "channel_id": channel, "thread_ts": ts}
        done = isinstance(self._api.call("files.completeUploadExternal", **given), Done)
        if not done:
            _LOG.warning("a picture was uploaded and not shared")
        return done
