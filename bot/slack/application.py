"""The Bolt app: every way in, each stored (or opened) and acknowledged. The same app for both transports.

Bolt answers only after a listener returned (`process_before_response`), so nothing is acknowledged that is not stored; a
store in trouble makes Slack deliver again. Refuses to know what anything means.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

from slack_bolt import Ack, App, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult

from bot.cards import FieldOption
from bot.mishaps import log_mishap
from bot.slack import incoming, modals
from bot.slack.incoming import Payload
from bot.slack.marks import DO, GO, OPEN
from bot.slack.surface import Surface
from bot.slack.words import word

COMMAND = "/tsunagu"
SHORTCUT = "tsunagu_new"
MESSAGE_SHORTCUT = "tsunagu_from_message"
_ANYTHING = re.compile("")
_SILENT = logging.getLogger("tsunagu.slack.bolt")
_SILENT.setLevel(logging.CRITICAL + 1)  # Bolt logs whole payloads when it does not know them


def bolt_app(surface: Surface) -> App:
    """A new Bolt app on this surface."""

    def authorize(**_: object) -> AuthorizeResult:
        me = surface.known
        return AuthorizeResult(
            enterprise_id=None,
            team_id=me.team or None,
            bot_user_id=me.user or None,
            bot_id=me.bot or None,
            bot_token=surface.settings.bot_token,
        )

    app = App(
        name="tsunagu",
        logger=_SILENT,
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,  # done before anything is parsed, without logging bodies (http.py)
        signing_secret=surface.settings.signing_secret or "socket",
    )
    _commands(app, surface)
    _events(app, surface)
    _buttons(app, surface)
    _views(app, surface)

    @app.error
    def failed(error: Exception, body: Mapping[str, Any]) -> BoltResponse:
        log_mishap("not acknowledged", error, str(body.get("type") or body.get("command") or ""))
        return BoltResponse(status=500, body="")

    return app


def _commands(app: App, surface: Surface) -> None:
    @app.command(COMMAND)
    def command(ack: Ack, body: Payload) -> None:
        what = incoming.command(body, surface.now())
        if what is None:
            surface.open(lambda: surface.opener.new(body, "", str(body.get("channel_id") or "")))
        else:
            surface.worker.accept(what)
        ack()

    @app.shortcut({"type": "shortcut", "callback_id": SHORTCUT})
    def shortcut(ack: Ack, body: Payload) -> None:
        surface.open(lambda: surface.opener.new(body, "", ""))
        ack()

    @app.shortcut({"type": "message_action", "callback_id": MESSAGE_SHORTCUT})
    def from_message(ack: Ack, body: Payload) -> None:
        what = incoming.message_shortcut(body, surface.now(), surface.known.user)
        if what is None:
            surface.open(lambda: surface.opener.new(body, "", ""))
        else:
            surface.worker.accept(what)
        ack()


def _events(app: App, surface: Surface) -> None:
    def take(body: Payload) -> None:
        what = incoming.event(body, surface.now(), surface.known.user)
        if what is not None:
            surface.worker.accept(what)

    app.event("app_mention")(take)
    app.event({"type": "message", "subtype": [None, _ANYTHING]})(take)

    @app.event("app_home_opened")
    def opened(body: Payload) -> None:
        inner = body.get("event") or {}
        if inner.get("tab", "home") == "home":
            surface.open(lambda: surface.opener.home(str(inner.get("user") or ""), incoming.team_of(body)))

    @app.event("user_change")
    def person(body: Payload) -> None:
        user = (body.get("event") or {}).get("user") or {}
        if user.get("id"):
            surface.open(lambda: surface.changed(str(user["id"]), deleted=bool(user.get("deleted"))))

    @app.event(_ANYTHING)
    def other(body: Payload) -> None:
        """An event nobody asked for is acknowledged, or Slack would send it again."""


def _buttons(app: App, surface: Surface) -> None:
    @app.action(re.compile(f"^(?:{OPEN}|{GO}):"))
    def opens(ack: Ack, body: Payload) -> None:
        surface.open(lambda: surface.opener.pressed(body))
        ack()

    @app.action(re.compile(f"^{DO}:"))
    def chooses(ack: Ack, body: Payload) -> None:
        what = incoming.choice(body, surface.now())
        if what is not None:
            surface.worker.accept(what)
        ack()

    @app.options(_ANYTHING)
    def search(ack: Ack, body: Payload) -> None:
        issues = [FieldOption(i.code, i.label, i.group) for i in surface.app.town.catalogue.issues.values()]
        ack(options=modals.issue_options(issues, str(body.get("value") or "")))

    @app.action(_ANYTHING)
    def entering(ack: Ack, body: Payload) -> None:
        """What is entered in a modal is kept as a draft until it is sent or closed."""
        view = body.get("view")
        if isinstance(view, Mapping):
            surface.drafts.keep(str(view.get("id")), modals.entered(view.get("state")))
        ack()


def _views(app: App, surface: Surface) -> None:
    @app.view(_ANYTHING)
    def sent(ack: Ack, body: Payload) -> None:
        what = incoming.submission(body, surface.now())
        if what.form == modals.NEW and not modals.typed_text(what.values).strip():
            ack(response_action="errors", errors={"text": word("error.empty")})
            return
        surface.worker.accept(what)
        surface.drafts.take(what.view)
        if what.form == modals.FORM:  # filled with the next section once this one is saved (Surface.after)
            ack(response_action="update", view=modals.slip_modal("saving"))
            return
        ack()

    @app.view_closed(_ANYTHING)
    def closed(ack: Ack, body: Payload) -> None:
        view = body.get("view") or {}
        kept = surface.drafts.take(str(view.get("id")))
        what = incoming.closed(body, surface.now(), kept)
        if what is not None and what.form in (modals.NEW, modals.FORM, modals.OVERRIDE):
            surface.worker.accept(what)
        ack()


def dispatch(app: App, body: str, headers: Mapping[str, str]) -> BoltResponse:
    """One request of Slack, already verified."""
    kept: dict[str, str | Sequence[str]] = {name: [value] for name, value in headers.items()}
    return app.dispatch(BoltRequest(body=body, headers=kept))


__all__ = ["COMMAND", "MESSAGE_SHORTCUT", "SHORTCUT", "bolt_app", "dispatch"]
