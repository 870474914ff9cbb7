"""GET and POST /l/{token}: the page of a one-time link, for an agency without chat. No cookie, no other page behind it.

Before the code it shows what tells nobody who the household is; after it, what the share record names and nothing else.
Guesses are limited by the link itself and over all links. Refuses to know wording.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from bot.caseviews import form_view, link_page_view
from bot.sheet import sheet_of
from bot.views import View
from bot.web.casework import identity_html
from bot.web.replies import page, read_form
from bot.web.shapes import card_html, chosen_of
from bot.web.surface import Surface
from routing.cases import Event, EventKind
from routing.errors import AlreadySettled, LinkRefused, Missing, RoutingError, StaleWrite, StoreError
from routing.links import Link, check
from routing.people import Actor
from routing.ports import UnitOfWork
from routing.referrals import DeclineReason, Way
from routing.standing import IDENTITY_SHOWN, replay
from routing.use_case import code_hash_of, hash_of, open_link, use_link
from routing.use_referral import Answer
from routing.work import CaseNow

_LONGEST_TOKEN = 64
_KINDS = {"accept": EventKind.ACCEPTED, "decline": EventKind.DECLINED}


def routes(surface: Surface) -> APIRouter:
    """The link's page."""
    router = APIRouter()

    @router.get("/l/{token}")
    def look(token: str) -> Response:
        return _page(surface, token)

    @router.post("/l/{token}")
    async def use(token: str, request: Request) -> Response:
        fields = await read_form(request)
        return await run_in_threadpool(_use, surface, token, fields)

    return router


def _use(surface: Surface, token: str, fields: Mapping[str, str]) -> Response:
    """A code, or an answer; the code goes along with both, so that who only has the link sees and answers nothing."""
    code, answer = "".join(fields.get("code", "").split()), fields.get("answer", "")
    try:
        if not code:
            raise Missing("電話でお伝えした番号")
        if not surface.guesses.allow(f"link:{hash_of(token)[:12]}", surface.now()):
            return _page(surface, token, trouble=View("trouble", {"kind": "too_many_codes"}), status=429)
        with surface.app.store.unit() as unit:
            _, right = open_link(unit, token[:_LONGEST_TOKEN], code, surface.now())
            unit.commit()
        if not right:
            raise LinkRefused("code")
        if answer in _KINDS:
            return _answer(surface, token, _KINDS[answer], fields)
        return _page(surface, token, code=code)
    except StoreError:
        raise
    except RoutingError as error:
        return _page(surface, token, code=code, fields=fields, trouble=_words(error), status=409)


def _words(error: RoutingError) -> View:
    if isinstance(error, StaleWrite):
        return View("trouble", {"kind": "stale_write"})
    return View("trouble", {"kind": error.code, "words": str(error)})


def _answer(surface: Surface, token: str, kind: EventKind, fields: Mapping[str, str]) -> Response:
    reason = fields.get("reason", "")
    given = Answer(
        kind,
        DeclineReason(reason) if reason in tuple(DeclineReason) else None,
        fields.get("text", ""),
        Way.LINK,
        fields.get("person", ""),
    )
    with surface.app.store.unit() as unit:
        link, _ = _known(unit, token, surface)
        now = use_link(unit, surface.app.town.rules, token[:_LONGEST_TOKEN], given, surface.now())
        unit.commit()
    return _shown(
        surface, View("link_done", {"kind": kind.value, "sender": now.standing.referral(link.referral).sender})
    )


def _known(unit: UnitOfWork, token: str, surface: Surface) -> tuple[Link, CaseNow]:
    """A link that may still be used, with its case. Raises `LinkRefused`, `AlreadySettled`."""
    link = check(unit.links.get(hash_of(token[:_LONGEST_TOKEN])), surface.now())
    case = unit.cases.get(link.case_id)
    if case is None:
        raise LinkRefused("unknown")
    return link, CaseNow(case, replay(unit.cases.events(case.id)))


def _page(
    surface: Surface,
    token: str,
    *,
    code: str = "",
    fields: Mapping[str, str] | None = None,
    trouble: View | None = None,
    status: int = 200,
) -> Response:
    """The page as the link stands. Only whoever sends the right code along sees what the code opens."""
    try:
        with surface.app.store.unit() as unit:
            link, now = _known(unit, token, surface)
            right = (
                bool(code)
                and code_hash_of(token[:_LONGEST_TOKEN], code) == link.code_hash
                and link.opened_at is not None
            )
            shown = link if right else replace(link, opened_at=None)
            view = link_page_view(now, shown, surface.app.town.rules, surface.now())
            identity = _identity(surface, unit, now, view, link) if right else ""
            unit.commit()
    except LinkRefused as error:
        return _shown(surface, trouble or _words(error), 410)
    except (AlreadySettled, StaleWrite) as error:
        return _shown(surface, _words(error), 409)
    rules, at, renderer = surface.app.town.rules, surface.now(), surface.renderer
    form = form_view("decline", now, str(link.referral), Actor(""), rules, at, fields or {})
    return page(
        renderer,
        "web/link.html.j2",
        status,
        view=view,
        code=code if right else "",
        notice=card_html(renderer, trouble, live=False, anchor="") if trouble else "",
        decline=renderer.card(form),
        sheet=sheet_of(now.case, rules.catalogue) if view.data["sheet"] else None,
        identity=identity,
        given=fields or {},
        chosen=chosen_of,
    )


def _identity(surface: Surface, unit: UnitOfWork, now: CaseNow, view: View, link: Link) -> str:
    """Names or contact, where the share record includes them; that they were shown is in the case's record first."""
    shared = view.data["identity"]
    if not isinstance(shared, list) or not shared:
        return ""
    event = Event(EventKind.NOTED, surface.now(), f"link:{link.token_hash[:12]}", {"note": IDENTITY_SHOWN})
    unit.cases.save(now.case, (event,))
    return identity_html(surface, unit.identities.get(now.case.id), shared, outside=True)


def _shown(surface: Surface, view: View, status: int = 200) -> Response:
    card = card_html(surface.renderer, view, live=False, anchor="")
    return page(surface.renderer, "web/link_end.html.j2", status, card=card)
