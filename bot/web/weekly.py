"""The weekly nudge in the inbox: its card with links to the cases, and its picture.

The latest week shows how things stand now, older ones only that they were there. A picture is given to those in whose inbox
its nudge lies. Refuses to know the figures and wording.
"""

from __future__ import annotations

import json
from datetime import date

from fastapi import APIRouter, Request, Response

from bot.nudges import figures_view, nudge_view
from bot.pictures import alt_of, picture_of
from bot.web.frame import recipients_of
from bot.web.replies import trouble
from bot.web.sessions import owner_of
from bot.web.shapes import grouped
from bot.web.surface import Surface
from routing.digest import WEEKLY
from routing.outgoing import InboxItem
from routing.ports import UnitOfWork

_MOST_LOOKED = 500


def routes(surface: Surface) -> APIRouter:
    """The route of the picture."""
    router = APIRouter()

    @router.get("/inbox/weekly/{week}.png")
    def picture(week: str, request: Request, to: str = "") -> Response:
        owner = owner_of(request)
        png = _picture(surface, owner, week, to) if owner else None
        return (
            trouble(surface.renderer, request, "no_page", 404) if png is None else Response(png, media_type="image/png")
        )

    return router


def week_of_item(item: InboxItem) -> str:
    """The nudge day of a weekly nudge; empty for any other message."""
    return str(json.loads(item.payload).get("week", "")) if item.kind == WEEKLY else ""


def weekly_html(surface: Surface, unit: UnitOfWork, item: InboxItem) -> str:
    """The card of a weekly nudge, worked out for now."""
    week = week_of_item(item)
    view = nudge_view(unit, surface.app.town, item.recipient, date.fromisoformat(week), surface.now())
    card = surface.renderer.card(view)
    blocks = tuple(block for block in card.blocks if block.kind != "heading")
    return surface.renderer.page(
        "web/weekly.html.j2",
        card=card,
        groups=grouped(blocks),
        after=grouped(card.after),
        week=week,
        to=item.recipient,
        alt=alt_of(view),
    )


def _picture(surface: Surface, owner: str, week: str, recipient: str) -> bytes | None:
    with surface.app.store.unit(reading=True) as unit:
        mine = recipients_of(unit.people.get(owner), surface.app.town.catalogue)
        if recipient not in mine:
            return None
        items = unit.inbox.of((recipient,), _MOST_LOOKED)
        if not any(week and week_of_item(item) == week for item in items):
            return None
        view = figures_view(unit, surface.app.town, recipient, date.fromisoformat(week), surface.now())
    found = picture_of(view)
    return found.png if found else None
