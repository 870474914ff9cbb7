"""GET: a case, the preview of a hand-over, who was told about it, the つなぐシート. POST: show who the household is (recorded first).

Everything that a case's page offers is a plain form to `desk.py`. Refuses to know wording and how a sheet is drawn.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from bot.cards import Card
from bot.caseviews_rights import CONTACT, NAMES, VISITOR
from bot.sheet import identity_lines, sheet_of
from bot.turns import Choice
from bot.views import View
from bot.web import reads
from bot.web.casepage import acts_of
from bot.web.frame import frame_of, once
from bot.web.replies import page, piece, trouble, wants_page
from bot.web.sessions import came_from_elsewhere, owner_of
from bot.web.shapes import card_html, chosen_of, grouped
from bot.web.surface import Surface
from knowledge.catalogue import Catalogue
from routing.cases import Event, EventKind
from routing.errors import UnknownCase
from routing.ports import Identity
from routing.standing import IDENTITY_SHOWN
from routing.work import NOT_FOUND

ITEMS = {
    NAMES: frozenset({"name", "furigana", "birth_date"}),
    CONTACT: frozenset({"address", "phone", "email"}),
    VISITOR: frozenset({"visitor_name", "visitor_phone"}),
}


def routes(surface: Surface) -> APIRouter:
    """The pages of a case."""
    router = APIRouter()

    @router.get("/cases/{number}")
    def case_page(number: str, request: Request) -> Response:
        return _checked(surface, request) or show_case(surface, request, number)

    @router.get("/cases/{number}/refer")
    def refer_page(number: str, request: Request) -> Response:
        refused = _checked(surface, request)
        if refused is not None:
            return refused
        values = {name: value[:4000] for name, value in request.query_params.items()}
        with surface.app.store.unit(reading=True) as unit:
            choice = Choice("case:ask", number, values)
            views = surface.app.desk.do(unit, choice, str(owner_of(request)), surface.now())
        return show_form(surface, request, views)

    @router.get("/cases/{number}/sheet")
    def sheet_page(number: str, request: Request) -> Response:
        return _checked(surface, request) or _sheet(surface, request, number)

    @router.get("/cases/{number}/reminders")
    def reminders_page(number: str, request: Request, person: str = "") -> Response:
        return _checked(surface, request) or _told(surface, request, number, person)

    @router.post("/cases/{number}/identity")
    async def identity(number: str, request: Request) -> Response:
        owner = owner_of(request)
        html = await run_in_threadpool(_identity, surface, number, owner, surface.now()) if owner else None
        if html is None:
            return trouble(surface.renderer, request, "no_page", 404)
        if wants_page(request):
            return page(
                surface.renderer, "web/opened.html.j2", html=html, number=number, frame=frame_of(surface, str(owner))
            )
        return piece(html)

    return router


def _checked(surface: Surface, request: Request) -> Response | None:
    """What a browser without our cookie gets instead."""
    owner = owner_of(request)
    if owner is None and came_from_elsewhere(request):
        return page(surface.renderer, "web/again.html.j2")
    if owner is None:
        return trouble(surface.renderer, request, "no_page", 404)
    return None


def show_case(
    surface: Surface, request: Request, number: str, *, notice: View | None = None, status: int = 200
) -> Response:
    """The page of a case. `notice`: a card that goes before everything (why a command was refused)."""
    owner, at, renderer = str(owner_of(request)), surface.now(), surface.renderer
    seen = reads.case_of(surface.app, number, owner, at)
    if seen is None:
        raise UnknownCase(NOT_FOUND)
    rules = surface.app.town.rules
    sheet = sheet_of(seen.case, rules.catalogue)
    done = request.query_params.get("done", "") if notice is None else ""
    return page(
        renderer,
        "web/case.html.j2",
        status,
        case=seen.case,
        sheet=sheet,
        marked=renderer.marked(sheet.text, sheet.marks) if seen.rights.sees("situation") else None,
        view=seen.view,
        seen=seen,
        acts=acts_of(seen.view, seen.now, seen.actor, rules, at, renderer),
        notice=card_html(renderer, notice, live=False, anchor="") if notice else "",
        former=card_html(renderer, seen.former, live=False, anchor="") if seen.former else "",
        done=done if renderer.has_label("case_done", done) else "",
        frame=frame_of(surface, owner),
        grouped=grouped,
        chosen=chosen_of,
        once=once,
    )


def show_form(
    surface: Surface, request: Request, views: tuple[View, ...], status: int = 200, *, number: str = ""
) -> Response:
    """A page of its own for the last of the views (a form, a preview, a link just given), the others before it."""
    renderer, owner = surface.renderer, str(owner_of(request))
    card: Card = renderer.card(views[-1])
    return page(
        renderer,
        "web/form.html.j2",
        status,
        card=card,
        view=views[-1],
        number=str(views[-1].data.get("number", number)),
        notices=[card_html(renderer, view, live=False, anchor="") for view in views[:-1]],
        agencies=choosable(surface.app.town.catalogue, surface.now()),
        address=str(request.base_url).rstrip("/"),
        frame=frame_of(surface, owner),
        grouped=grouped,
        chosen=chosen_of,
        once=once,
    )


def choosable(catalogue: Catalogue, at: datetime) -> dict[str, list[str]]:
    """Agencies in force by their first field, for a list to choose from."""
    found: dict[str, list[str]] = {}
    for agency in catalogue.agencies.values():
        if agency.in_force(at.date()):
            found.setdefault(agency.fields[0] if agency.fields else "", []).append(agency.id)
    return found


def _sheet(surface: Surface, request: Request, number: str) -> Response:
    seen = reads.case_of(surface.app, number, str(owner_of(request)), surface.now())
    if seen is None:
        return trouble(surface.renderer, request, "no_page", 404)
    if not (seen.rights.sees("sheet") and seen.rights.sees("situation")):
        return trouble(surface.renderer, request, "not_shared", 403)
    sheet = sheet_of(seen.case, surface.app.town.catalogue)
    return page(
        surface.renderer,
        "web/sheet.html.j2",
        case=seen.case,
        sheet=sheet,
        marked=surface.renderer.marked(sheet.text, sheet.marks),
        identity=bool(seen.rights.identity),
        printed_on=surface.now(),
        zone=surface.now().tzinfo,
    )


def _told(surface: Surface, request: Request, number: str, person: str) -> Response:
    owner = str(owner_of(request))
    told = reads.told_of(surface.app, number, owner, person)
    if told is None:
        return trouble(surface.renderer, request, "no_page", 404)
    frame = frame_of(surface, owner)
    return page(surface.renderer, "web/told.html.j2", number=number, told=told, person=person, frame=frame, me=owner)


def _identity(surface: Surface, number: str, owner: str, at: datetime) -> str | None:
    """Who the household is, as far as it is this desk's to know; that it was shown is stored first."""
    seen = reads.case_of(surface.app, number, owner, at)
    if seen is None or not seen.rights.identity:
        return None
    with surface.app.store.unit() as unit:
        case = unit.cases.by_number(number)
        if case is None:
            return None
        unit.cases.save(case, (Event(EventKind.NOTED, at, owner, {"note": IDENTITY_SHOWN}),))
        known = unit.identities.get(case.id)
        unit.commit()
    return identity_html(surface, known, seen.rights.identity)


def identity_html(surface: Surface, known: Identity, shared: Collection[str], *, outside: bool = False) -> str:
    """The lines of who the household is that were shared (`names`, `contact`, `visitor`)."""
    allowed = frozenset().union(*(ITEMS[part] for part in shared))
    items = {key: value for key, value in known.items.items() if key.partition("@")[0] in allowed}
    lines = identity_lines(Identity(items), surface.app.town.catalogue.form)
    return surface.renderer.page("web/identity.html.j2", lines=lines, outside=outside)
