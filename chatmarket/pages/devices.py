"""The cookie by which a browser is told again: a random number, set when somebody asks or claims, and not before."""

import secrets

from starlette.requests import Request
from starlette.responses import Response

from chatmarket.flows.recognising import LONGEST
from chatmarket.sessions import cookie, cookie_of, house_of

DEVICE = "device"  # brands keep a keyed digest of it (flows/recognising)


def device_of(request: Request) -> str:
    """The number of this browser, or nothing yet."""
    return (cookie_of(request, DEVICE) or "")[:LONGEST]


def device_here(request: Request) -> str:
    """The same for who asks or claims now: a new number where there is none."""
    return device_of(request) or secrets.token_urlsafe(16)


def kept(request: Request, response: Response, device: str) -> Response:
    """The answer with the cookie in it, which lives from now on as long as what the brand keeps of it."""
    house = house_of(request)
    seconds = house.settings.device_days * 86400
    response.headers.append("Set-Cookie", cookie(house, DEVICE, device, seconds=seconds))
    return response
