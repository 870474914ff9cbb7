"""GET: a case and its つなぐシート. POST: show who the household is, which is written into the case's timeline.

Refuses to know wording and how a sheet is drawn.
"""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from bot.sheet import identity_lines, sheet_of
from bot.web import reads
from bot.web.replies import page, piece, trouble
from bot.web.sessions import came_from_elsewhere, owner_of
from bot.web.surface import Surface
from routing.cases import Event, EventKind

IDENTITY_SHOWN = "identity_shown"


def routes(surface: Surface) -> APIRouter:
    """The pages of a case."""
    router = APIRouter()

    @router.get("/cases/{number}")
    def case_page(number: str, request: Request) -> Response:
        return _page(surface, request, number, "web/case.html.j2")

    @router.get("/cases/{number}/sheet")
    def sheet_page(number: str, request: Request) -> Response:
        return _page(surface, request, number, "web/sheet.html.j2")

    @router.post("/cases/{number}/identity")
    async def identity(number: str, request: Request) -> Response:
        owner = owner_of(request)
        html = await run_in_threadpool(_identity, surface, number, owner, surface.now()) if owner else None
        return piece(html) if html is not None else trouble(surface.renderer, request, "no_page", 404)

    return router


def _page(surface: Surface, request: Request, number: str, template: str) -> Response:
    owner = owner_of(request)
    if owner is None and came_from_elsewhere(request):
        return page(surface.renderer, "web/again.html.j2")
    found = reads.case_of(surface.app, number, owner) if owner else None
    if found is None:
        return trouble(surface.renderer, request, "no_page", 404)
    case, events, conversation = found
    sheet = sheet_of(case, surface.app.town.catalogue)
    marked = surface.renderer.marked(sheet.text, sheet.marks)
    return page(
        surface.renderer,
        template,
        case=case,
        sheet=sheet,
        marked=marked,
        timeline=events,
        me=owner,
        conversation=conversation,
        printed_on=surface.now(),
        zone=surface.now().tzinfo,
    )


def _identity(surface: Surface, number: str, owner: str, at: datetime) -> str | None:
    """Who the household is, as a piece of the sheet; that it was shown is stored first."""
    if reads.case_of(surface.app, number, owner) is None:
        return None
    with surface.app.store.unit() as unit:
        case = unit.cases.by_number(number)
        if case is None:
            return None
        unit.cases.save(case, (Event(EventKind.NOTED, at, owner, {"note": IDENTITY_SHOWN}),))
        known = unit.identities.get(case.id)
        unit.commit()
    lines = identity_lines(known, surface.app.town.catalogue.form)
    return surface.renderer.page("web/identity.html.j2", lines=lines)
