"""Our fault layer between bot and peer: everything that Slack does and the peer does not.

Forwards the Web API to the peer and the peer's deliveries to the bot; on the way it can refuse, delay, lose answers, deliver
again and out of order. It also keeps message metadata, which the peer forgets.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

Answer = tuple[int, dict[str, str], bytes]


def refused(code: str) -> Answer:
    return 200, {}, json.dumps({"ok": False, "error": code}).encode()


def too_many(seconds: int) -> Answer:
    return 429, {"Retry-After": str(seconds)}, b'{"ok":false,"error":"ratelimited"}'


BROKEN: Answer = (500, {"Content-Type": "text/html"}, b"<html>oops</html>")


@dataclass
class Between:
    """`fault(method, given)` is asked before a call goes to the peer. `lost(method)`: the call arrives, its answer does not.

    `times`: how often a delivery reaches the bot; `shuffle` delivers the repeats late, so that they come out of order.
    """

    port: int
    peer: str
    bot: str
    times: int = 1
    late: float = 0.0
    fault: Callable[[str, Mapping[str, Any]], Answer | None] = lambda method, given: None
    lost: Callable[[str], bool] = lambda method: False
    scopes: str = ""
    calls: list[tuple[str, Mapping[str, Any], float]] = field(default_factory=list)
    acks: list[tuple[int, float]] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    _server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        layer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {
                    k: v for k, v in self.headers.items() if k.lower() not in ("host", "content-length", "connection")
                }
                answer = (
                    layer.delivery(headers, body) if self.path == "/deliver" else layer.call(self.path, headers, body)
                )
                status, kept, content = answer
                try:
                    self.send_response(status)
                    for name, value in {"Content-Type": "application/json", **kept}.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    """The bot hung up: it was tired of waiting."""

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    def calm(self) -> None:
        """No faults any more."""
        self.fault = lambda method, given: None
        self.lost = lambda method: False
        self.times, self.late = 1, 0.0

    def call(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """bot → peer."""
        method = path.rsplit("/", 1)[1] if "/api/" in path else "response_url"
        given = _given(headers, body)
        self.calls.append((method, given, time.monotonic()))
        planned = self.fault(method, given)
        if planned is not None:
            return planned
        status, kept, content = _post(f"{self.peer}{path}", headers, body)
        if method == "auth.test" and self.scopes:
            kept["x-oauth-scopes"] = self.scopes
        content = self._remember(method, given, content)
        if self.lost(method):
            return BROKEN
        return status, kept, content

    def _remember(self, method: str, given: Mapping[str, Any], content: bytes) -> bytes:
        if method == "chat.postMessage" and given.get("metadata"):
            self.metadata[str(json.loads(content).get("ts"))] = given["metadata"]
        if method == "chat.update" and given.get("metadata") and json.loads(content).get("ok"):
            self.metadata[str(given.get("ts"))] = given["metadata"]
        if method in ("conversations.history", "conversations.replies"):
            data = json.loads(content)
            for message in data.get("messages", ()):
                if message["ts"] in self.metadata:
                    message["metadata"] = self.metadata[message["ts"]]
            return json.dumps(data).encode()
        return content

    def delivery(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """peer → bot."""
        for number in range(1, self.times):
            threading.Timer(self.late * number, self._deliver, (headers, body)).start()
        return self._deliver(headers, body)

    def _deliver(self, headers: Mapping[str, str], body: bytes) -> Answer:
        begun = time.monotonic()
        try:
            status, kept, content = _post(f"{self.bot}/slack/events", headers, body)
        except OSError:
            return 503, {}, b""
        self.acks.append((status, time.monotonic() - begun))
        return status, {"Content-Type": kept.get("Content-Type", "text/plain")}, content


def _given(headers: Mapping[str, str], body: bytes) -> Mapping[str, Any]:
    kind = next((v for k, v in headers.items() if k.lower() == "content-type"), "")
    if "json" in kind:
        found = json.loads(body or b"{}")
        return found if isinstance(found, dict) else {}
    return {name: values[0] for name, values in parse_qs(body.decode()).items()}


def _post(url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    request = urllib.request.Request(url, body, dict(headers), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, {"Content-Type": answer.headers.get("Content-Type", "")}, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, {"Content-Type": error.headers.get("Content-Type", "")}, error.read()
