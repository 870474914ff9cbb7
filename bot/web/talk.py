"""POST: a turn of a talk, and a resume code. A turn is stored before it is acknowledged; the work follows beside it.

Knows the JSON of our own page. Refuses to know what a turn does.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from bot.commands import command_of
from bot.conversation import MOST_CHARACTERS
from bot.turns import Choice, Turn
from bot.web import reads
from bot.web.replies import LONGEST_FIELD, LONGEST_VALUE, MOST_FIELDS, BadBody, clean, read_body, trouble
from bot.web.sessions import owner_of
from bot.web.surface import Surface

_NEW_TALK = re.compile(r"^[A-Za-z0-9_-]{22}$")
_MESSAGE = re.compile(r"^[A-Za-z0-9-]{8,64}$")
_ACTION = re.compile(r"^(?:case:)?[a-z_]{1,20}$")


def new_talk() -> str:
    """A conversation's name that nobody can guess."""
    return secrets.token_urlsafe(16)


def is_new_talk(conversation: str) -> bool:
    """Whether this surface could have made that name."""
    return bool(_NEW_TALK.match(conversation))


def routes(surface: Surface) -> APIRouter:
    """The routes that change something in a talk."""
    router = APIRouter()

    @router.post("/talks/{conversation}/turns")
    async def turns(conversation: str, request: Request) -> Response:
        owner = owner_of(request)
        if owner is None:
            return trouble(surface.renderer, request, "no_session", 403)
        turn = turn_of(await read_body(request), conversation, owner, surface)
        if turn.text is not None:
            command = command_of(turn.text)
            if command is not None and command.name == "resume" and command.rest:
                return await resume(surface, request, owner, command.rest)
            if len(turn.text) > MOST_CHARACTERS:
                sizes = {"length": str(len(turn.text)), "most": str(MOST_CHARACTERS)}
                return trouble(surface.renderer, request, "too_long", 422, **sizes)
        return await _take(surface, request, turn)

    @router.post("/resume")
    async def resume_form(request: Request) -> Response:
        owner = owner_of(request)
        if owner is None:
            return trouble(surface.renderer, request, "no_session", 403)
        code = (await read_body(request)).get("code")
        return await resume(surface, request, owner, code if isinstance(code, str) else "")

    return router


async def _take(surface: Surface, request: Request, turn: Turn) -> Response:
    known = await run_in_threadpool(reads.may_continue, surface.app, turn.conversation, turn.actor)
    if not known:
        return trouble(surface.renderer, request, "no_page", 404)
    fresh = await run_in_threadpool(surface.app.conversation.accept, turn)
    surface.worker.kick(turn.conversation)
    return JSONResponse({"stored": True, "duplicate": not fresh}, 202)


async def resume(surface: Surface, request: Request, owner: str, code: str) -> Response:
    """Take a talk over by its code, and say where it is now."""
    if not surface.guesses.allow(owner, surface.now()):
        return trouble(surface.renderer, request, "too_many_codes", 429)
    at = surface.now()
    talk = await run_in_threadpool(surface.app.conversation.take_over, clean(code)[:LONGEST_VALUE], owner, at)
    if talk is None:
        return trouble(surface.renderer, request, "no_talk", 404)
    again = Turn(talk.conversation, f"resume-{secrets.token_hex(8)}", "web", owner, at, choice=Choice("resume"))
    await run_in_threadpool(surface.app.conversation.accept, again)
    surface.hub.tell(talk.conversation)
    surface.worker.kick(talk.conversation)
    return JSONResponse({"go": f"/talks/{talk.conversation}"})


def turn_of(body: Mapping[str, Any], conversation: str, owner: str, surface: Surface) -> Turn:
    """The turn that a body describes. Raises `BadBody`."""
    message, text, choice = body.get("message"), body.get("text"), body.get("choice")
    if not isinstance(message, str) or not _MESSAGE.match(message) or (text is None) == (choice is None):
        raise BadBody("not_json", 400)
    if text is not None and not isinstance(text, str):
        raise BadBody("not_json", 400)
    words = None if text is None else clean(text)
    made = None if choice is None else _choice(choice)
    return Turn(conversation, message, "web", owner, surface.now(), words, made)


def _choice(raw: object) -> Choice:
    if not isinstance(raw, dict):
        raise BadBody("not_json", 400)
    action, value, values = raw.get("action"), raw.get("value", ""), raw.get("values", {})
    good = isinstance(action, str) and _ACTION.match(action) and isinstance(value, str) and isinstance(values, dict)
    if not good or len(str(value)) > LONGEST_VALUE or len(values) > MOST_FIELDS:
        raise BadBody("not_json", 400)
    fields = {clean(name): clean(words) for name, words in values.items() if isinstance(words, str)}
    if len(fields) != len(values):
        raise BadBody("not_json", 400)
    if any(len(name) > LONGEST_VALUE or len(words) > LONGEST_FIELD for name, words in fields.items()):
        raise BadBody("field_too_long", 422)
    return Choice(str(action), clean(str(value)), fields)
