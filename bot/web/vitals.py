"""GET: whether the process lives, whether it is ready, and its figures; for machines. Refuses to know who may ask (`security`)."""

from __future__ import annotations

from fastapi import APIRouter, Response
from starlette.responses import JSONResponse

from bot.health import Health
from bot.metrics import TYPE, render


def routes(health: Health, pack: str) -> APIRouter:
    """Three routes. `pack` is told as a sign of what runs here."""
    router = APIRouter()

    @router.get("/healthz")
    def healthz() -> Response:
        return JSONResponse({"status": "ok", "pack": pack})

    @router.get("/readyz")
    def readyz() -> Response:
        trouble = health.trouble()
        if trouble:
            return JSONResponse({"status": "trouble", "kind": trouble}, 503)
        return JSONResponse({"status": "ok"})

    @router.get("/metrics")
    def metrics() -> Response:
        return Response(render(health), media_type=TYPE)

    return router
