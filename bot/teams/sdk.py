"""The only place that imports Microsoft's SDK, and only when Teams is set up: it takes a second and warns about previews.

Its client does no retries (outgoing.py does) and its server is not used at all: it would listen on every address. Knows how
its calls fail; refuses to know what is sent.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import warnings
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from email.utils import parsedate_to_datetime
from time import time
from types import SimpleNamespace
from typing import Any

import httpx

from bot.teams.outgoing import Answered, NoAnswer, NoToken
from bot.teams.references import Reference
from bot.teams.settings import TeamsSettings

_SPARE_SECONDS = 5.0
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_lock = threading.Lock()


def load() -> SimpleNamespace:
    """The parts of the SDK that are used; quiet about previews and in the log, where it would quote what it refuses."""
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jwt
        from microsoft_teams.api.activities import MessageActivityInput
        from microsoft_teams.api.auth import cloud_environment
        from microsoft_teams.api.auth.credentials import ClientCredentials
        from microsoft_teams.api.clients.conversation import ConversationClient
        from microsoft_teams.api.clients.conversation.params import CreateConversationParams
        from microsoft_teams.api.models import Account
        from microsoft_teams.apps.auth.token_validator import TokenValidator
        from microsoft_teams.apps.token_manager import TokenManager
        from microsoft_teams.common import Client, ClientOptions
    for name in ("microsoft_teams", "msal", "httpx"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return SimpleNamespace(
        jwt=jwt,
        Message=MessageActivityInput,
        clouds=cloud_environment,
        Credentials=ClientCredentials,
        Conversations=ConversationClient,
        NewConversation=CreateConversationParams,
        Account=Account,
        Validator=TokenValidator,
        Tokens=TokenManager,
        Client=Client,
        ClientOptions=ClientOptions,
    )


def cloud_of(name: str) -> Any:
    """The addresses and names of one of Microsoft's clouds."""
    return load().clouds.from_name(name)


class SdkConnector:
    """`outgoing.Connector` by the SDK's own client, which is asynchronous and lives in a thread of its own.

    `token`: gives the token to speak with (the SDK asks the login service when it is not given).
    """

    def __init__(
        self, settings: TeamsSettings, cloud: Any = None, token: Callable[[], Awaitable[str]] | None = None
    ) -> None:
        self._sdk = load()
        self._cloud = cloud or cloud_of(settings.cloud)
        self._seconds = settings.timeout_seconds
        credentials = self._sdk.Credentials(
            client_id=settings.app_id, client_secret=settings.secret, tenant_id=settings.tenant
        )
        self._tokens = self._sdk.Tokens(credentials, self._cloud)
        self._token = token or self._own_token
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="teams-send", daemon=True)
        self._thread.start()
        options = self._sdk.ClientOptions(timeout=self._seconds)
        self._http = self._run(self._made(options))

    async def _made(self, options: Any) -> Any:
        return self._sdk.Client(options)

    async def _own_token(self) -> str:
        found = await self._tokens.get_bot_token()
        return str(found)

    def create(self, where: Reference, activity: Mapping[str, Any]) -> str:
        """Write a message; its id."""
        message = self._sdk.Message.model_validate(dict(activity))
        sent = self._run(self._with(where, lambda api: api.create_activity(where.conversation, message)))
        return str(sent.id)

    def update(self, where: Reference, message: str, activity: Mapping[str, Any]) -> str:
        """Put another message in the place of one."""
        made = self._sdk.Message.model_validate(dict(activity))

        def put(api: Any) -> Awaitable[Any]:
            updated: Awaitable[Any] = api.update_activity(where.conversation, message, made)
            return updated

        self._run(self._with(where, put))
        return message

    def open(self, where: Reference, user: str) -> str:
        """The personal chat with a person of that tenant; its id."""
        asked = self._sdk.NewConversation(members=[self._sdk.Account(id=user)], tenant_id=where.tenant)
        opened = self._run(self._with(where, lambda api: api.create(asked)))
        return str(opened.id)

    def check_token(self) -> None:
        """Ask for a token. Raises `NoToken`."""
        self._run(self._authorised())

    async def _authorised(self) -> str:
        try:
            return await self._token()
        except Exception as error:
            raise NoToken from error

    async def _with(self, where: Reference, do: Callable[[Any], Awaitable[Any]]) -> Any:
        headers = {"Authorization": f"Bearer {await self._authorised()}"}
        options = self._sdk.ClientOptions(headers=headers, timeout=self._seconds)
        api = self._sdk.Conversations(where.service, self._http.clone(options, share_http=True))
        try:
            return await do(api)
        except httpx.HTTPStatusError as error:
            raise _answered(error.response) from error
        except _NOT_SENT as error:
            raise NoAnswer(sent=False) from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, AttributeError) as error:
            raise NoAnswer(sent=True) from error

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result(self._seconds + _SPARE_SECONDS)
        except TimeoutError as error:
            future.cancel()
            raise NoAnswer(sent=True) from error

    def close(self) -> None:
        """Stop."""
        if self._loop.is_running():
            self._run(self._http.http.aclose())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)
        if not self._loop.is_running() and not self._loop.is_closed():
            self._loop.close()


def _answered(response: httpx.Response) -> Answered:
    seconds = _seconds(response.headers.get("retry-after", ""))
    codes: list[str] = []
    try:
        body = response.json()
    except ValueError:
        body = None
    inner = body.get("error") if isinstance(body, Mapping) else None
    for part in (inner, body):
        if isinstance(part, Mapping):
            found = [part.get(name) for name in ("subCode", "subcode", "code", "errorCode")]
            nested = part.get("innerHttpError")
            found += [nested.get("code")] if isinstance(nested, Mapping) else []
            codes += [code for code in found if isinstance(code, str)]
    return Answered(response.status_code, tuple(codes), seconds)


def _seconds(after: str) -> float | None:
    """`Retry-After` in seconds: a number, or a date; None when it says nothing that can be read."""
    if after.isascii() and after.replace(".", "", 1).isdecimal():
        return float(after)
    try:
        then = parsedate_to_datetime(after)
    except ValueError:
        return None
    return max(0.0, then.timestamp() - time())
