"""Every URL of the product, on one screen."""

from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from chatmarket import api, sockets
from chatmarket.pages import brand, customer, expert, health, moderator, visitor
from chatmarket.settings import ROOT

API = [
    Route("/brands", api.brands),
    Route("/sign-up", api.sign_up, methods=["POST"]),
    Route("/sign-in", api.sign_in, methods=["POST"]),
    Route("/sign-out", api.sign_out, methods=["POST"]),
    Route("/brands/{brand}/chats", api.ask, methods=["POST"]),
    Route("/chats/{chat:int}", api.chat),
    Route("/chats/{chat:int}/withdraw", api.withdraw, methods=["POST"]),
    Route("/chats/{chat:int}/end", api.end, methods=["POST"]),
    Route("/chats/{chat:int}/rating", api.rate, methods=["POST"]),
    Route("/offers/{chat:int}/claim", api.claim, methods=["POST"]),
    Route("/availability", api.availability, methods=["POST"]),
    Route("/earnings", api.earnings),
    Route("/brand/ledger", api.ledger),
]

ROUTES = [
    Route("/", visitor.home),
    Route("/language", visitor.choose_language),
    Route("/sign-in", visitor.sign_in_page, methods=["GET"]),
    Route("/sign-in", visitor.sign_in, methods=["POST"]),
    Route("/sign-up", visitor.sign_up_page, methods=["GET"]),
    Route("/sign-up", visitor.sign_up, methods=["POST"]),
    Route("/sign-out", visitor.sign_out, methods=["POST"]),
    Route("/account", visitor.account_page),
    Route("/account/password", visitor.change_password, methods=["POST"]),
    Route("/account/logins/revoke-others", visitor.revoke_others, methods=["POST"]),
    Route("/account/logins/{login:int}/revoke", visitor.revoke_login, methods=["POST"]),
    Route("/b/{brand}", customer.ask_page, methods=["GET"]),
    Route("/b/{brand}", customer.ask, methods=["POST"]),
    Route("/chats/{chat:int}", customer.chat_page),
    WebSocketRoute("/chats/{chat:int}/live", sockets.customer_room),
    Route("/chats/{chat:int}/withdraw", customer.withdraw, methods=["POST"]),
    Route("/chats/{chat:int}/end", customer.end, methods=["POST"]),
    Route("/chats/{chat:int}/rating", customer.rate, methods=["POST"]),
    Route("/chats/{chat:int}/email", customer.leave_email, methods=["POST"]),
    Route("/lobby", expert.lobby),
    WebSocketRoute("/lobby/live", sockets.lobby),
    Route("/lobby/availability", expert.availability, methods=["POST"]),
    Route("/offers/{chat:int}/claim", expert.claim, methods=["POST"]),
    Route("/rooms/{chat:int}", expert.room),
    WebSocketRoute("/rooms/{chat:int}/live", sockets.expert_room),
    Route("/rooms/{chat:int}/end", expert.end, methods=["POST"]),
    Route("/earnings", expert.earnings),
    Route("/standing", expert.standing),
    Route("/board", moderator.board),
    WebSocketRoute("/board/live", sockets.board),
    Route("/watch/{chat:int}", moderator.watch),
    WebSocketRoute("/watch/{chat:int}/live", sockets.watch),
    Route("/audit", moderator.audit),
    Route("/unanswered", brand.unanswered),
    Route("/unanswered/{chat:int}/reveal", brand.reveal, methods=["POST"]),
    Route("/unanswered/{chat:int}/done", brand.answered, methods=["POST"]),
    Route("/experts", brand.experts),
    Route("/experts/{expert:int}/certify", brand.certify, methods=["POST"]),
    Route("/experts/{expert:int}/uncertify", brand.uncertify, methods=["POST"]),
    Route("/experts/{expert:int}/reopen", brand.reopen, methods=["POST"]),
    Route("/health", health.health),
    Mount("/api/v1", routes=API),
    Mount("/static", StaticFiles(directory=ROOT / "static")),
]
