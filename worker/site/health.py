"""`/healthz` tells that the process is alive, `/readyz` whether it can serve requests."""

import asyncio
from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from worker.errors import ArchiveAbsent, CopytasterError
from worker.model.redaction import redact
from worker.site.context import SiteContext
from worker.site.single_flight import SingleFlight

__all__ = ["health_routes"]

_ANSWER_S = 3.0
"""The time limit for the broker and the archive; probes of orchestrators wait a few seconds."""


def health_routes(context: SiteContext) -> Sequence[BaseRoute]:
    """Return the routes of the health checks."""
    probe = SingleFlight(lambda: _find_reasons(context))

    async def healthz(_request: Request) -> Response:
        # No look at the broker: a restart of this process would not bring the broker back.
        return PlainTextResponse("ok\n")

    async def readyz(_request: Request) -> Response:
        try:
            async with asyncio.timeout(_ANSWER_S):
                reasons = await probe.result()
        except TimeoutError:
            reasons = [f"no answer from the broker or the archive within {_ANSWER_S:g} s"]
        body = msgspec.json.encode({"ready": not reasons, "reasons": reasons})
        return Response(body, 503 if reasons else 200, media_type="application/json")

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


def _find_reasons(context: SiteContext) -> list[str]:
    """Return the reasons why requests cannot be served now; none if they can."""
    reasons = []
    try:
        context.store.stats.ping()
    except CopytasterError as error:
        reasons.append(f"broker: {redact(str(error))}")
    if context.archive is not None:
        try:
            with context.archive.read() as connection:
                connection.exec_driver_sql("SELECT 1")
        except ArchiveAbsent:
            return reasons  # before the first item; its relay makes it then
        except CopytasterError as error:
            reasons.append(f"archive: {redact(str(error))}")
    return reasons
