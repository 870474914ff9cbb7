"""POST: a command about a case, as a plain form or by our script. GET: the board, the choice for whom one acts, the inbox.

Every change is a stored turn of the browser's own desk; a form sent twice is one turn. Refuses to know what a command does
and wording.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from bot.caseviews_lists import WHICH
from bot.casework import PAGE
from bot.commands import case_choice_of
from bot.conversation import Outcome
from bot.notices import notice_view, number_of
from bot.nudges import told_once
from bot.turns import Choice, Turn
from bot.views import View
from bot.web.casework import choosable, show_case, show_form
from bot.web.frame import frame_of, once, recipients_of
from bot.web.replies import BadBody, page, read_form, trouble
from bot.web.sessions import came_from_elsewhere, give_cookie, new_cookie, owner_of
from bot.web.shapes import card_html
from bot.web.surface import Surface
from bot.web.weekly import week_of_item, weekly_html
from routing.outgoing import InboxItem
from routing.people import Role
from routing.ports import UnitOfWork
from routing.standing import replay
from routing.work import CaseNow

_MESSAGE = re.compile(r"^[A-Za-z0-9-]{8,64}$")
_ACTION = re.compile(r"^case:[a-z_]{1,20}$")
_RESERVED = frozenset({"action", "value", "once"})
_ONLY = ("waiting", "late", "bounced", "up")


def routes(surface: Surface) -> APIRouter:
    """The desk's routes. They come before those of one case: `/cases/find` is no number."""
    router = APIRouter()

    @router.get("/cases")
    def board(request: Request) -> Response:
        return _board(surface, request)

    @router.get("/cases/find")
    def find(request: Request) -> Response:
        typed = request.query_params.get("number", "").strip()[:60]
        choice = case_choice_of(typed, surface.app.town.catalogue)
        number = choice.value if choice and choice.action == "case:show" else typed
        return RedirectResponse(f"/cases/{quote(number, safe='') or '-'}", 303)

    @router.get("/desk")
    def stance(request: Request) -> Response:
        owner = owner_of(request)
        if owner is None:
            return _greet(surface, request, "/desk")
        agencies = choosable(surface.app.town.catalogue, surface.now())
        roles = [role.value for role in Role]
        return page(
            surface.renderer,
            "web/stance.html.j2",
            frame=frame_of(surface, owner),
            agencies=agencies,
            roles=roles,
            once=once,
        )

    @router.post("/desk")
    @router.post("/cases/{number}/do")
    async def act(request: Request) -> Response:
        owner = owner_of(request)
        if owner is None:
            return trouble(surface.renderer, request, "no_session", 403)
        turn = turn_of(await read_form(request), owner, surface.now())
        outcome = await run_in_threadpool(surface.app.conversation.receive, turn)
        return await run_in_threadpool(_answer, surface, request, turn, outcome)

    @router.get("/inbox")
    def inbox(request: Request) -> Response:
        owner = owner_of(request)
        return _inbox(surface, owner) if owner else _greet(surface, request, "/inbox")

    @router.post("/inbox/read")
    async def read(request: Request) -> Response:
        owner = owner_of(request)
        if owner is None:
            return trouble(surface.renderer, request, "no_session", 403)
        key = (await read_form(request)).get("key", "")
        await run_in_threadpool(_read, surface, owner, key)
        return RedirectResponse("/inbox", 303)

    return router


def turn_of(fields: Mapping[str, str], owner: str, at: datetime) -> Turn:
    """The turn that a form describes. Raises `BadBody`."""
    action, value, message = fields.get("action", ""), fields.get("value", ""), fields.get("once", "")
    if not _ACTION.match(action) or not _MESSAGE.match(message) or len(value) > 200:
        raise BadBody("not_json", 400)
    values = {name: words for name, words in fields.items() if name not in _RESERVED}
    return Turn(f"desk:{owner}", message, "web", owner, at, choice=Choice(action, value, values))


def _answer(surface: Surface, request: Request, turn: Turn, outcome: Outcome) -> Response:
    """After a change the page is fetched anew; what was refused, asked or given once is shown at once."""
    assert turn.choice is not None
    command, number = turn.choice.action.removeprefix("case:"), turn.choice.value.partition("/")[0]
    views = outcome.views
    names = [view.name for view in views]
    if not views:  # sent twice: what it did is there already
        return RedirectResponse(f"/cases/{quote(number)}" if number and command != "act_for" else "/cases", 303)
    if names == ["case"]:
        done = f"?done={command}" if command != "show" else ""
        return RedirectResponse(f"/cases/{quote(number)}{done}", 303)
    if names == ["board"]:
        return RedirectResponse("/cases", 303)
    if names[-1] in ("refer", "case_form", "link_given"):
        return show_form(surface, request, views, 422 if "trouble" in names else 200, number=number)
    if names == ["trouble", "case"]:
        return show_case(surface, request, number, notice=views[0], status=409)
    return _trouble_page(surface, request, views[0])


def _trouble_page(surface: Surface, request: Request, view: View) -> Response:
    data = {name: str(value) for name, value in view.data.items() if name != "kind"}
    kind = str(view.data.get("kind", "internal"))
    return trouble(surface.renderer, request, kind, 404 if kind == "unknown_case" else 409, **data)


def _greet(surface: Surface, request: Request, path: str) -> Response:
    """A browser without our cookie gets one and comes again."""
    if came_from_elsewhere(request):
        return page(surface.renderer, "web/again.html.j2")
    answer = RedirectResponse(path, 303)
    give_cookie(answer, new_cookie())
    return answer


def _board(surface: Surface, request: Request) -> Response:
    owner = owner_of(request)
    if owner is None:
        return _greet(surface, request, "/cases")
    query = request.query_params
    which = query.get("which", "") if query.get("which") in WHICH else ""
    status, only = query.get("status", "open"), query.get("only", "")
    status, only = status if status in ("open", "closed") else "open", only if only in _ONLY else ""
    frame = frame_of(surface, owner)
    with surface.app.store.unit(reading=True) as unit:
        after = query.get("after", "")[:200]
        view = surface.app.desk.board(unit, which, frame.actor, surface.now(), after, status, only)
    return page(
        surface.renderer,
        "web/cases.html.j2",
        frame=frame,
        view=view,
        shelf=status,
        only=only,
        onlys=_ONLY,
        most=PAGE,
    )


def _inbox(surface: Surface, owner: str) -> Response:
    frame, rules = frame_of(surface, owner), surface.app.town.rules
    with surface.app.store.unit(reading=True) as unit:
        lying = unit.inbox.of(recipients_of(frame.actor, rules.catalogue))
        items = told_once(lying, rules.catalogue, frame.actor.agency)
        latest = _latest_weeks(items)
        cards = [
            (item, number_of(json.loads(item.payload)), _message_card(surface, unit, item, item.key in latest))
            for item in items
        ]
    return page(surface.renderer, "web/inbox.html.j2", frame=frame, cards=cards, once=once, zone=surface.now().tzinfo)


def _latest_weeks(items: Sequence[InboxItem]) -> frozenset[str]:
    """The keys of the latest weekly nudge of each recipient."""
    latest: dict[str, InboxItem] = {}
    for item in items:
        if week_of_item(item) > (week_of_item(latest[item.recipient]) if item.recipient in latest else ""):
            latest[item.recipient] = item
    return frozenset(item.key for item in latest.values())


def _message_card(surface: Surface, unit: UnitOfWork, item: InboxItem, latest: bool) -> str:
    """A message as a card that says how things stand now; its choices are on the case's page."""
    if latest:
        return weekly_html(surface, unit, item)
    payload = json.loads(item.payload)
    case = unit.cases.get(str(payload.get("case_id", "")))
    now = CaseNow(case, replay(unit.cases.events(case.id))) if case else None
    view = notice_view(payload, item.kind, surface.app.town, now)
    return card_html(surface.renderer, view, live=False, anchor="")


def _read(surface: Surface, owner: str, key: str) -> None:
    """Mark a message as read, if it lies in an inbox of this person."""
    with surface.app.store.unit() as unit:
        actor = unit.people.get(owner)
        mine = unit.inbox.of(recipients_of(actor, surface.app.town.catalogue), 500)
        if any(item.key == key for item in mine):
            unit.inbox.read(key, owner, surface.now())
            unit.commit()
