"""Who may come in: a token signed for us by Teams for that very service, and a tenant that is allowed.

The checks of the token are the SDK's; only Teams' own tokens are taken, none of Entra, whose service nobody signed. Knows
which refusal answers what; refuses to know what an activity means.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Protocol

from bot.teams import sdk
from bot.teams.incoming import Activity, tenant_of
from bot.teams.settings import TeamsSettings

_LOG = logging.getLogger("tsunagu.teams")
_SCHEME = "Bearer "
CHANNEL = "msteams"


class Refusal(Exception):
    """Why a request goes no further: the HTTP status."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


class Door(Protocol):
    """Checks who is there."""

    def check(self, authorization: str, activity: Activity) -> None:
        """Raises `Refusal`."""


class TeamsDoor:
    """`cloud`: whose keys and issuer count."""

    def __init__(self, settings: TeamsSettings, cloud: Any = None) -> None:
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
        if activity.get("channelId") != CHANNEL or tenant_of(activity) not in self._tenants:
            _LOG.warning("tenant or channel refused")
            raise Refusal(403)

    def keys(self) -> int:
        """How many keys Teams' login service shows now. Raises what the fetching raises."""
        return len(self._validator._jwks_client.get_signing_keys(refresh=True))

    def _checked(self, token: str, service: str) -> dict[str, Any]:
        """The SDK's check is asynchronous in form only (it fetches keys without yielding): run it here, in a thread."""
        found: dict[str, Any] = asyncio.run(self._validator.validate_token(token, service))
        return found
