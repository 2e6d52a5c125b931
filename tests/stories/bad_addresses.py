"""Every address of the house that carries a row's number, with numbers that no row has: there is nothing here."""

from starlette.routing import Route, WebSocketRoute

from chatmarket.routes import API, ROUTES
from tests.stories.bad import Call, Knock, Look, Press

NUMBERS = ("0", str(2**31), str(2**63), "9" * 400, "9" * 5000)
NO_NUMBERS = ("-1", "1e1", "%201", "%D9%A1", "%00")
# Who gets through each door, by the first part of its address.
WHO = {"chats": "customer", "rooms": "expert", "offers": "expert", "account": "expert"}


def _numbered(route: Route | WebSocketRoute, number: str) -> tuple[str, str]:
    path = route.path_format
    for name in ("{chat}", "{login}", "{expert}", "{customer}", "{person}", "{topic}", "{example}"):
        path = path.replace(name, number)
    return path, f"{route.path} with {number[:20]}"


def _carriers(routes: list[object], kind: type = Route, method: str = "") -> list[Route]:
    found = [route for route in routes if isinstance(route, kind) and ":id}" in route.path]
    return [route for route in found if not method or method in route.methods]


def _who(route: Route) -> str:
    return WHO.get(route.path.split("/")[1], "staff")


def _seen_by(route: Route) -> str:
    return _who(route).replace("customer", "visitor")


def _addresses() -> dict[str, Call | Knock | Look | Press]:
    bad: dict[str, Call | Knock | Look | Press] = {}
    for number in (*NUMBERS, *NO_NUMBERS):
        for route in _carriers(ROUTES, method="POST"):
            path, name = _numbered(route, number)
            # A login that is not there is as good as revoked.
            status = 303 if "logins" in path and number in NUMBERS else 404
            bad[f"POST {name}"] = Press(path, {"topic": "1", "reason": "x"}, status, who=_seen_by(route))
        for route in _carriers(ROUTES, method="GET"):
            path, name = _numbered(route, number)
            bad[f"GET {name}"] = Look(path, who=_seen_by(route))
        for method in ("GET", "POST"):
            for route in _carriers(API, method=method):
                path, name = _numbered(route, number)
                # To a chat's end and to a report lead two doors; a login comes to where the chat is looked for. Staff
                # read its values.
                who = {"end": "expert", "report": "expert", "reveal": "staff"}.get(path.rpartition("/")[2], _who(route))
                bad[f"API {name}"] = Call(path, {}, 404, "not_there", who, method)
    for number in NUMBERS:
        for route in _carriers(ROUTES, WebSocketRoute):
            path, name = _numbered(route, number)
            # Without its token nobody learns whether there is such a chat.
            closes = 4401 if _who(route) == "customer" else 4404
            bad[f"socket {name}"] = Knock(path, closes, _who(route))
    return bad


ADDRESSES = _addresses()
