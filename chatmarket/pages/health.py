"""For load balancers and operators: can this process serve, and is its bus heard?"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from chatmarket.sessions import house_of
from chatmarket.store import StoreBusy, rows


async def health(request: Request) -> Response:
    bus = house_of(request).switchboard.bus.hears
    try:
        await rows("SELECT 1 AS one")
        store = True
    except StoreBusy:
        store = False
    # Without Redis everything acknowledged is still kept and caught up on: degraded, not down.
    return JSONResponse({"store": store, "bus": bus}, 200 if store else 503)
