"""Who may come in: a token signed for us by Teams for that very service, and a tenant that is allowed.

The checks of the token are the SDK's; only Teams' own tokens are taken, none of Entra, whose service nobody signed. Knows
which refusal answers what; refuses to know what an activity means.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from time import time
from typing import Any, Protocol

from bot.teams import sdk
from bot.teams.incoming import Activity, tenant_of
from bot.teams.settings import TeamsSettings

_LOG = logging.getLogger("tsunagu.teams")
_SCHEME = "Bearer "
CHANNEL = "msteams"
_GOOD_SECONDS = 300.0
_MOST_GOOD = 100


class Refusal(Exception):
    """Why a request goes no further: the HTTP status."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


class Door(Protocol):
    """Checks who is there."""

    def check(self, authorization: str, activity: Activity) -> None:
        """Raises `Refusal`. May take a while: keys may have to be fetched."""

    def knows(self, authorization: str, activity: Activity) -> bool:
        """Whether that very token was found good for that very service just now, and the tenant is allowed: nothing to check."""


class TeamsDoor:
    """`cloud`: whose keys and issuer count. Teams sends one token for an hour; what was found good is not checked again for
    some minutes (a key that is withdrawn counts no longer than that), and never after its expiry."""

    def __init__(self, settings: TeamsSettings, cloud: Any = None, clock: Callable[[], float] = time) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._good: OrderedDict[bytes, float] = OrderedDict()
        self._sdk = sdk.load()
        self._tenants = settings.tenants
        self._validator = self._sdk.Validator.for_service(settings.app_id, cloud=cloud or sdk.cloud_of(settings.cloud))

    def check(self, authorization: str, activity: Activity) -> None:
        """401 for a token that is not good, 503 when the keys cannot be had, 403 for a tenant or channel that is not ours."""
        if not authorization.startswith(_SCHEME):
            raise Refusal(401)
        jwt = self._sdk.jwt
        try:
            payload = self._checked(authorization.removeprefix(_SCHEME).strip(), str(activity["serviceUrl"]))
        except jwt.exceptions.PyJWKClientConnectionError as error:
            _LOG.error("keys cannot be fetched")
            raise Refusal(503) from error
        except (jwt.PyJWTError, ValueError, KeyError, TypeError) as error:
            _LOG.warning("token refused: %s", type(error).__name__)
            raise Refusal(401) from error
        if "exp" not in payload:
            raise Refusal(401)
        self._remember(_fingerprint(authorization, activity), float(payload["exp"]))
        if not self._ours(activity):
            _LOG.warning("tenant or channel refused")
            raise Refusal(403)

    def knows(self, authorization: str, activity: Activity) -> bool:
        """As `Door` says."""
        return self._good.get(_fingerprint(authorization, activity), 0.0) > self._clock() and self._ours(activity)

    def _ours(self, activity: Activity) -> bool:
        return activity.get("channelId") == CHANNEL and tenant_of(activity) in self._tenants

    def _remember(self, fingerprint: bytes, expiry: float) -> None:
        with self._lock:
            self._good[fingerprint] = min(expiry, self._clock() + _GOOD_SECONDS)
            while len(self._good) > _MOST_GOOD:
                self._good.popitem(last=False)

    def keys(self) -> int:
        """How many keys Teams' login service shows now. Raises what the fetching raises."""
        return len(self._validator._jwks_client.get_signing_keys(refresh=True))

    def _checked(self, token: str, service: str) -> dict[str, Any]:
        """The SDK's check is asynchronous in form only (it fetches keys without yielding): run it here, in a thread."""
        found: dict[str, Any] = asyncio.run(self._validator.validate_token(token, service))
        return found


def _fingerprint(authorization: str, activity: Activity) -> bytes:
    """What stands for a token and the service it is for; the token itself is not kept."""
    return hashlib.sha256(f"{authorization}\n{activity['serviceUrl']}".encode("utf-8", "replace")).digest()
