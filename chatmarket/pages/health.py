"""For load balancers and operators: can this process serve, does it stay, is its bus heard, and what has it counted?"""

import asyncio
import hmac

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from chatmarket.house import House
from chatmarket.sessions import bearer, house_of
from chatmarket.store import StoreBusy, rows, shielded

ANSWER_S = 2.0  # a probe that gets no answer takes the process itself for dead, and the database is only slow


async def health(request: Request) -> Response:
    """Whether it can serve. Without Redis all that is acknowledged is still kept and caught up on: not down."""
    facts = await _facts(house_of(request))
    return JSONResponse(facts, 200 if facts["store"] else 503)


async def ready(request: Request) -> Response:
    """Whether new people should be sent here: a process that was told to go still serves those it has."""
    house = house_of(request)
    facts = await _facts(house)
    stays = not house.leaving
    return JSONResponse({**facts, "stays": stays}, 200 if facts["store"] and stays else 503)


async def _facts(house: House) -> dict[str, bool]:
    try:
        async with asyncio.timeout(ANSWER_S):
            await shielded(rows("SELECT 1 AS one"))
        store = True
    except (StoreBusy, TimeoutError):
        store = False
    return {"store": store, "bus": house.switchboard.bus.hears}


async def metrics(request: Request) -> Response:
    """What this process has counted, to whoever knows METRICS_TOKEN; without one there is no such page."""
    house = house_of(request)
    token = house.settings.metrics_token.encode()
    if not token:
        return Response(status_code=404)
    if not hmac.compare_digest((bearer(request) or "").encode(), token):
        return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
    return Response(house.reading.page(), media_type=CONTENT_TYPE_LATEST)
