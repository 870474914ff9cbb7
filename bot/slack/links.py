"""Links to a つなぐシート that only the asking person gets and that soon stop working.

Knows signing; refuses to know who may see which case.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

MINUTES = 30


@dataclass(frozen=True, slots=True)
class Pass:
    """Who may see the sheet of which case."""

    number: str
    desk: str


class Links:
    """`base`: where this process is reached by people's browsers. `secret` is never shown."""

    def __init__(self, base: str, secret: str) -> None:
        self._base = base.rstrip("/")
        self._key = hashlib.sha256(f"tsunagu-sheet:{secret}".encode()).digest()

    def sheet(self, case: str, desk: str, at: datetime) -> str:
        """The address of the sheet for this person from now on."""
        until = int((at + timedelta(minutes=MINUTES)).timestamp())
        body = base64.urlsafe_b64encode(json.dumps([case, desk, until]).encode()).decode().rstrip("=")
        return f"{self._base}/slack/sheets/{body}.{self._sign(body)}"

    def opened(self, token: str, at: datetime) -> Pass | None:
        """What a token stands for; None when it is not ours or too old."""
        body, _, sign = token.partition(".")
        if not hmac.compare_digest(sign.encode(), self._sign(body).encode()):
            return None
        case, desk, until = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return Pass(case, desk) if at.timestamp() < until else None

    def _sign(self, body: str) -> str:
        return hmac.new(self._key, body.encode(), hashlib.sha256).hexdigest()[:32]
