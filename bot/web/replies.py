"""Answers: pages, pieces of pages as JSON, and courteous trouble in either form. Also reads a JSON body within limits.

Every sentence comes from templates. Refuses to know sessions and the store.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from bot.render import Renderer
from bot.views import View
from bot.web.security import FORM, FORMS, MOST_BYTES
from bot.web.shapes import card_html

LONGEST_VALUE = 200
LONGEST_FIELD = 4_000
MOST_FIELDS = 400
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class BadBody(Exception):
    """A body that is not what our own page sends. `kind` and `status` are those of the answer."""

    def __init__(self, kind: str, status: int) -> None:
        self.kind, self.status = kind, status
        super().__init__(kind)


async def read_body(request: Request) -> Mapping[str, Any]:
    """The JSON object of a request. Raises `BadBody`."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MOST_BYTES:
            raise BadBody("too_large", 413)
    try:
        body = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadBody("not_json", 400) from error
    if not isinstance(body, dict):
        raise BadBody("not_json", 400)
    return body


async def read_form(request: Request) -> Mapping[str, str]:
    """The fields of a plain form; boxes of one name are joined by a space. Raises `BadBody`."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MOST_BYTES:
            raise BadBody("too_large", 413)
    try:
        pairs = parse_qs(data.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="replace")
    except ValueError as error:
        raise BadBody("not_json", 400) from error
    fields = {clean(name): clean(" ".join(part for part in parts if part)) for name, parts in pairs.items()}
    if any(len(name) > LONGEST_VALUE or len(words) > LONGEST_FIELD for name, words in fields.items()):
        raise BadBody("field_too_long", 422)
    return fields


def clean(text: str) -> str:
    """`text` without what no person can have meant: control and direction marks; half a surrogate becomes U+FFFD."""
    whole = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _UNREADABLE.sub("", whole)


def wants_page(request: Request) -> bool:
    """Whether a person looks at the answer itself, rather than our script."""
    if request.method == "POST":
        return request.headers.get("content-type", "").startswith(FORM) and request.url.path.startswith(FORMS)
    return "text/event-stream" not in request.headers.get("accept", "")


def page(renderer: Renderer, template: str, status: int = 200, **data: object) -> Response:
    """A whole page."""
    return HTMLResponse(renderer.page(template, **data), status)


def piece(html: str, status: int = 200, **more: object) -> Response:
    """A piece of a page for our script."""
    return JSONResponse({"html": html, **more}, status)


def trouble_html(renderer: Renderer, kind: str, **data: object) -> str:
    """The card for a kind of trouble."""
    return card_html(renderer, View("trouble", {"kind": kind, **data}), live=False, anchor="")


def trouble(renderer: Renderer, request: Request, kind: str, status: int, **data: object) -> Response:
    """The answer for a kind of trouble: a page for people, a card for our script."""
    html = trouble_html(renderer, kind, **data)
    if wants_page(request):
        return page(renderer, "web/trouble.html.j2", status, card=html)
    return piece(html, status, kind=kind)
