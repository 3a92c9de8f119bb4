"""/livez, /readyz and /metrics: for orchestrators and monitoring, never with data of tenants.

Live: every loop has got somewhere lately. Ready: besides, no loop reports a problem and every check passes.
"""

from collections.abc import Awaitable, Callable, Sequence

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from tieout_chassis.telemetry import REGISTRY

Problems = Callable[[], Awaitable[Sequence[str]]]


def health_app(not_live: Problems, not_ready: Problems) -> FastAPI:
    """The three routes of one service; 503 with the reasons when something is wrong."""
    app = FastAPI(openapi_url=None)

    @app.get("/livez")
    async def livez(response: Response) -> dict[str, object]:
        return _verdict(response, await not_live())

    @app.get("/readyz")
    async def readyz(response: Response) -> dict[str, object]:
        return _verdict(response, [*await not_live(), *await not_ready()])

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    return app


def _verdict(response: Response, problems: Sequence[str]) -> dict[str, object]:
    response.status_code = 503 if problems else 200
    return {"ok": not problems, "problems": list(problems)}
