"""GET: the chat page. Hands out the cookie.

Plain functions: the framework runs them in its thread pool. Refuses to know wording.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from bot.memory import Talk
from bot.web import reads
from bot.web.frame import frame_of
from bot.web.replies import page, trouble
from bot.web.sessions import came_from_elsewhere, give_cookie, new_cookie, owner_name, owner_of
from bot.web.shapes import entries, start_html
from bot.web.surface import Surface
from bot.web.talk import new_talk


def routes(surface: Surface) -> APIRouter:
    """The pages of the chat."""
    router = APIRouter()

    @router.get("/")
    def home(request: Request) -> Response:
        owner = owner_of(request)
        if owner is None:
            return _greet(surface, request)
        talk = reads.latest_talk(surface.app, owner)
        return chat(surface, owner, talk.conversation if talk else new_talk(), talk)

    @router.get("/talks/new")
    def fresh(request: Request) -> Response:
        owner = owner_of(request)
        return chat(surface, owner, new_talk(), None) if owner else _greet(surface, request)

    @router.get("/talks/{conversation}")
    def one(conversation: str, request: Request) -> Response:
        owner = owner_of(request)
        if owner is None and came_from_elsewhere(request):
            return page(surface.renderer, "web/again.html.j2")
        talk = reads.talk_of(surface.app, conversation, owner) if owner else None
        if owner and (talk or _just_begun(surface, conversation, owner)):
            return chat(surface, owner, conversation, talk)
        return trouble(surface.renderer, request, "no_page", 404)

    return router


def _just_begun(surface: Surface, conversation: str, owner: str) -> bool:
    """The first turn is stored but not worked off."""
    return reads.is_waiting(surface.app, conversation) and reads.may_continue(surface.app, conversation, owner)


def _greet(surface: Surface, request: Request) -> Response:
    """A browser without our cookie: a new one, unless it only keeps the cookie back because a link brought it here."""
    if came_from_elsewhere(request):
        return page(surface.renderer, "web/again.html.j2")
    cookie = new_cookie()
    response = chat(surface, owner_name(cookie), new_talk(), None)
    give_cookie(response, cookie)
    return response


def chat(surface: Surface, owner: str, conversation: str, talk: Talk | None) -> Response:
    """The chat page with the whole transcript."""
    log = talk.document.log if talk else ()
    return page(
        surface.renderer,
        "web/chat.html.j2",
        conversation=conversation,
        stored=talk is not None,
        last=log[-1].number if log else 0,
        start=start_html(surface.renderer),
        entries=[html for _, html in entries(surface.renderer, talk)] if talk else [],
        waiting=reads.is_waiting(surface.app, conversation),
        side=reads.side_of(surface.app, owner, surface.now().tzinfo),
        here=conversation,
        frame=frame_of(surface, owner),
    )
