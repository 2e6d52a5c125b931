"""Every URL of the product, on one screen."""

from starlette.convertors import Convertor, StringConvertor, register_url_convertor
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from chatmarket import api, sockets
from chatmarket.pages import (
    applicant,
    brand,
    cases,
    customer,
    examinee,
    exams,
    expert,
    health,
    market,
    moderator,
    people,
    records,
    recruiting,
    ruling,
    standing,
    topics,
    visitor,
)
from chatmarket.settings import ROOT


class RowNumber(Convertor[int]):
    """A row's number in an address. One too large for any row is 0, which none has: it is simply not there."""

    regex = "[0-9]+"

    def convert(self, value: str) -> int:
        number = int(value[:11])
        return number if len(value) <= 10 and number < 2**31 else 0

    def to_string(self, value: int) -> str:
        return str(value)


class Slug(StringConvertor):
    """A brand's name in an address."""

    regex = "[A-Za-z0-9_-]{1,40}"


register_url_convertor("id", RowNumber())
register_url_convertor("slug", Slug())

API = [
    Route("/brands", api.brands),
    Route("/sign-up", api.sign_up, methods=["POST"]),
    Route("/sign-in", api.sign_in, methods=["POST"]),
    Route("/sign-out", api.sign_out, methods=["POST"]),
    Route("/brands/{brand:slug}/chats", api.ask, methods=["POST"]),
    Route("/chats/{chat:id}", api.chat),
    Route("/chats/{chat:id}/withdraw", api.withdraw, methods=["POST"]),
    Route("/chats/{chat:id}/end", api.end, methods=["POST"]),
    Route("/chats/{chat:id}/rating", api.rate, methods=["POST"]),
    Route("/chats/{chat:id}/reveal", api.reveal, methods=["POST"]),
    Route("/offers/{chat:id}/claim", api.claim, methods=["POST"]),
    Route("/offers/{chat:id}/decline", api.decline, methods=["POST"]),
    Route("/availability", api.availability, methods=["POST"]),
    Route("/earnings", api.earnings),
    Route("/standing", api.standings),
    Route("/standing/{brand:slug}", api.standing),
    Route("/cases/{case:id}/answer", api.answer_case, methods=["POST"]),
    Route("/cases/{case:id}/appeal", api.appeal_case, methods=["POST"]),
    Route("/brand/ledger", api.ledger),
]

ROUTES = [
    Route("/", visitor.home),
    Route("/language", visitor.choose_language, methods=["POST"]),
    Route("/sign-in", visitor.sign_in_page, methods=["GET"]),
    Route("/sign-in", visitor.sign_in, methods=["POST"]),
    Route("/sign-up", visitor.sign_up_page, methods=["GET"]),
    Route("/sign-up", visitor.sign_up, methods=["POST"]),
    Route("/sign-out", visitor.sign_out, methods=["POST"]),
    Route("/account", visitor.account_page),
    Route("/account/password", visitor.change_password, methods=["POST"]),
    Route("/account/logins/revoke-others", visitor.revoke_others, methods=["POST"]),
    Route("/account/logins/{login:id}/revoke", visitor.revoke_login, methods=["POST"]),
    Route("/b/{brand:slug}", customer.ask_page, methods=["GET"]),
    Route("/b/{brand:slug}", customer.ask, methods=["POST"]),
    Route("/b/{brand:slug}/topics", customer.topics, methods=["POST"]),
    Route("/b/{brand:slug}/join", applicant.join_page, methods=["GET"]),
    Route("/b/{brand:slug}/join", applicant.join, methods=["POST"]),
    Route("/join/{token}", applicant.invitation_page, methods=["GET"]),
    Route("/join/{token}", applicant.accept_invitation, methods=["POST"]),
    Route("/chats/{chat:id}", customer.chat_page),
    WebSocketRoute("/chats/{chat:id}/live", sockets.customer_room),
    Route("/chats/{chat:id}/withdraw", customer.withdraw, methods=["POST"]),
    Route("/chats/{chat:id}/end", customer.end, methods=["POST"]),
    Route("/chats/{chat:id}/rating", customer.rate, methods=["POST"]),
    Route("/chats/{chat:id}/email", customer.leave_email, methods=["POST"]),
    Route("/lobby", expert.lobby),
    WebSocketRoute("/lobby/live", sockets.lobby),
    Route("/lobby/availability", expert.availability, methods=["POST"]),
    Route("/offers/{chat:id}/claim", expert.claim, methods=["POST"]),
    Route("/offers/{chat:id}/decline", expert.decline, methods=["POST"]),
    Route("/rooms/{chat:id}", expert.room),
    WebSocketRoute("/rooms/{chat:id}/live", sockets.expert_room),
    Route("/rooms/{chat:id}/end", expert.end, methods=["POST"]),
    Route("/earnings", expert.earnings),
    Route("/standing", standing.standing, methods=["GET"]),
    Route("/standing/capacity", expert.take_at_most, methods=["POST"]),
    Route("/standing/{brand:slug}", standing.of_brand),
    Route("/cases/{case:id}/answer", standing.answer, methods=["POST"]),
    Route("/cases/{case:id}/appeal", standing.appeal, methods=["POST"]),
    Route("/cases/{case:id}/exam", standing.exam, methods=["POST"]),
    Route("/brands", applicant.brands),
    Route("/brands/{brand:slug}/terms", applicant.accept_terms, methods=["POST"]),
    Route("/brands/{brand:slug}/exam", examinee.begin, methods=["POST"]),
    Route("/exams/{attempt:id}", examinee.exam, methods=["GET"]),
    Route("/exams/{attempt:id}", examinee.answer, methods=["POST"]),
    Route("/exams/{attempt:id}/practice", examinee.practise, methods=["POST"]),
    Route("/marking", examinee.marking_page),
    Route("/marking/{answer:id}", examinee.mark, methods=["POST"]),
    Route("/board", moderator.board),
    WebSocketRoute("/board/live", sockets.board),
    Route("/watch/{chat:id}", moderator.watch),
    WebSocketRoute("/watch/{chat:id}/live", sockets.watch),
    Route("/watch/{chat:id}/reveal", moderator.reveal_page, methods=["GET"]),
    Route("/watch/{chat:id}/reveal", moderator.reveal, methods=["POST"]),
    Route("/audit", moderator.audit),
    Route("/unanswered", brand.unanswered),
    Route("/unanswered/{chat:id}/reveal", brand.reveal, methods=["POST"]),
    Route("/unanswered/{chat:id}/done", brand.answered, methods=["POST"]),
    Route("/unanswered/{chat:id}/teach", brand.teach, methods=["POST"]),
    Route("/topics", topics.topics),
    Route("/topics/own", topics.topic, methods=["GET"]),
    Route("/topics/own", topics.teach, methods=["POST"]),
    Route("/topics/{topic:id}", topics.topic, methods=["GET"]),
    Route("/topics/{topic:id}", topics.teach, methods=["POST"]),
    Route("/examples/{example:id}/remove", topics.remove, methods=["POST"]),
    Route("/examples/{example:id}/move", topics.move, methods=["POST"]),
    Route("/customers", records.customers, methods=["GET"]),
    Route("/customers", records.find, methods=["POST"]),
    Route("/customers/retention", records.retain, methods=["POST"]),
    Route("/customers/{customer:id}", records.customer),
    Route("/customers/{customer:id}/export", records.export, methods=["POST"]),
    Route("/customers/{customer:id}/erase", records.erase, methods=["POST"]),
    Route("/people", people.people),
    Route("/people/{person:id}/reveal", people.trust, methods=["POST"]),
    Route("/experts", brand.experts_page),
    Route("/experts/{expert:id}/certify", brand.certify, methods=["POST"]),
    Route("/experts/{expert:id}/uncertify", brand.uncertify, methods=["POST"]),
    Route("/experts/{expert:id}", cases.expert),
    Route("/cases", cases.cases),
    Route("/cases/{case:id}", cases.case),
    Route("/cases/{case:id}/decide", cases.decide, methods=["POST"]),
    Route("/offering", market.offering, methods=["GET"]),
    Route("/offering", market.choose, methods=["POST"]),
    Route("/recruiting", recruiting.recruiting_page, methods=["GET"]),
    Route("/recruiting", recruiting.present, methods=["POST"]),
    Route("/recruiting/terms", recruiting.publish_terms, methods=["POST"]),
    Route("/recruiting/invitations", recruiting.invitations, methods=["GET"]),
    Route("/recruiting/invitations", recruiting.invite, methods=["POST"]),
    Route("/recruiting/invitations/table", recruiting.invite_table, methods=["POST"]),
    Route("/recruiting/invitations/{invitation:id}/revoke", recruiting.revoke, methods=["POST"]),
    Route("/recruiting/exams", exams.exams, methods=["GET"]),
    Route("/recruiting/exams", exams.draft, methods=["POST"]),
    Route("/recruiting/exams/{exam:id}", exams.exam_page, methods=["GET"]),
    Route("/recruiting/exams/{exam:id}", exams.change, methods=["POST"]),
    Route("/recruiting/exams/{exam:id}/questions", exams.add_question, methods=["POST"]),
    Route("/recruiting/exams/{exam:id}/questions/{question:id}", exams.change_question, methods=["POST"]),
    Route("/recruiting/exams/{exam:id}/publish", exams.publish, methods=["POST"]),
    Route("/recruiting/exams/{exam:id}/retire", exams.retire, methods=["POST"]),
    Route("/privacy", ruling.privacy, methods=["GET"]),
    Route("/privacy", ruling.rule, methods=["POST"]),
    Route("/health", health.health),
    Route("/ready", health.ready),
    Route("/metrics", health.metrics),
    Mount("/api/v1", routes=API),
    Mount("/static", StaticFiles(directory=ROOT / "static")),
]
