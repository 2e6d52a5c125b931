"""The JSON API under /api/v1, for programs: bodies in, one flow, facts out. No cookie is read here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from chatmarket import fields
from chatmarket.errors import NotThere, SignInFirst
from chatmarket.flows import (
    admitting,
    asking,
    casing,
    deciding,
    declining,
    ending,
    explaining,
    handing,
    joining,
    lobbying,
    paying,
    rating,
    recognising,
    reporting,
    revealing,
    settling,
    showing,
)
from chatmarket.flows.talking import Seat
from chatmarket.models import Account, Brand, Chat, Rating, Role, Topic
from chatmarket.sessions import (
    body,
    chat_of_path,
    client_address,
    customer_chat,
    expert_chat,
    holds_token,
    house_of,
    signed_in,
    visitor_of,
)
from chatmarket.templating import iso

MOST_TOKEN = 200


async def brands(request: Request) -> Response:
    topics = await Topic.all().order_by("brand_id", "position").limit(2000)
    return JSONResponse(
        {
            "brands": [
                {
                    "slug": brand.slug,
                    "name": brand.name,
                    "languages": brand.languages,
                    "currency": brand.currency,
                    "topics": [
                        {"id": topic.id, "names": topic.names, "reward": topic.reward}
                        for topic in topics
                        if topic.brand_id == brand.id
                    ],
                }
                for brand in await Brand.all().order_by("id").limit(200)
            ]
        }
    )


async def sign_up(request: Request) -> Response:
    account, token = await joining.sign_up(house_of(request), await body(request), visitor_of(request))
    return JSONResponse({"token": token, "account": showing.account_facts(account)}, 201)


async def sign_in(request: Request) -> Response:
    sent = await body(request)
    account, token = await joining.sign_in(
        house_of(request), sent.get("email"), sent.get("password"), visitor_of(request)
    )
    return JSONResponse({"token": token, "account": showing.account_facts(account)})


@signed_in()
async def sign_out(request: Request, account: Account) -> Response:
    await body(request)
    await joining.revoke(house_of(request), account, only=request.state.login.id)
    return JSONResponse({})


async def ask(request: Request) -> Response:
    sent = await body(request)
    house = house_of(request)
    known = {} if sent.get("known") is None else sent["known"]
    before = fields.text(sent.get("customer", ""), "customer", most=MOST_TOKEN, least=0)
    brand, origin = request.path_params["brand"], client_address(request)
    chat = await asking.ask(house, brand, sent, known, origin=origin, device=_device(sent), customer=before)
    wait_limit_s = round((chat.expires_at - chat.asked_at).total_seconds())
    told = {"chat": chat.id, "token": house.chat_token(chat.id), "wait_limit_s": wait_limit_s}
    told["customer"] = house.customer_token(chat.customer_id)
    return JSONResponse({**told, "topic": chat.topic_id, "status": str(chat.status)}, 201)


def _device(sent: Mapping[str, Any]) -> str:
    """What a program calls the device of its person, where it tells; kept as a keyed digest only."""
    return fields.text(sent.get("device", ""), "device", most=recognising.LONGEST, least=0)


async def chat(request: Request) -> Response:
    kept, _ = await customer_chat(request)
    verdict = await Rating.get_or_none(chat_id=kept.id)
    return JSONResponse(
        {
            "chat": kept.id,
            "status": str(kept.status),
            "language": kept.language,
            "topic": kept.topic_id,
            "seq": kept.seq,
            "resolved": verdict.resolved if verdict else None,
        }
    )


async def withdraw(request: Request) -> Response:
    kept, _ = await customer_chat(request)
    await body(request)
    await ending.withdraw(house_of(request), kept.id)
    return JSONResponse({})


async def end(request: Request) -> Response:
    seat = await _either(request)
    await body(request)
    await ending.end(house_of(request), seat)
    return JSONResponse({})


async def _either(request: Request) -> Seat:
    """The customer's seat by the chat token, else the expert's by their login."""
    if holds_token(request, request.path_params["chat"]):
        return (await customer_chat(request))[1]
    if request.state.account is None:
        raise SignInFirst
    return (await expert_chat(request, request.state.account))[1]


async def rate(request: Request) -> Response:
    kept, _ = await customer_chat(request)
    sent = await body(request)
    resolved = fields.truth(sent.get("resolved"), "resolved")
    await rating.rate(
        house_of(request), kept.id, resolved, sent.get("stars"), sent.get("comment", ""), sent.get("blames")
    )
    return JSONResponse({}, 201)


async def report(request: Request) -> Response:
    if holds_token(request, request.path_params["chat"]):
        seat = (await customer_chat(request))[1]
    else:
        if request.state.account is None:
            raise SignInFirst
        # Also who has handed it back.
        seat = await reporting.expert_seat(request.state.account, await chat_of_path(request))
    sent = await body(request)
    told = (sent.get("reason"), sent.get("words", ""), sent.get("message"))
    await reporting.report(house_of(request), seat, *told)
    return JSONResponse({}, 201)


@signed_in(Role.EXPERT)
async def claim(request: Request, account: Account) -> Response:
    sent = await body(request)
    number, device = request.path_params["chat"], _device(sent)
    kept: Chat = await settling.claim(house_of(request), account, number, sent.get("card"), sent.get("key"), device)
    return JSONResponse({"chat": kept.id})


@signed_in(Role.EXPERT)
async def offers(request: Request, account: Account) -> Response:
    """The open offers, and the expert's half of their tokens, read once.

    Reading is no presence: seats in rings go to whose lobby is open, and so who only reads hears with everyone.
    """
    house = house_of(request)
    now = await lobbying.look(house, account)
    told = {
        "key": house.claim_key(account.id),
        "online": account.id in await house.switchboard.presence.online(),
        "available": now.expert.available,
        "offers": now.facts(account.language),
    }
    return JSONResponse(told)


@signed_in(Role.EXPERT)
async def hand_back(request: Request, account: Account) -> Response:
    reason = (await body(request)).get("reason")
    await handing.hand_back(house_of(request), account, request.path_params["chat"], reason)
    return JSONResponse({})


@signed_in(Role.EXPERT)
async def decline(request: Request, account: Account) -> Response:
    reason = (await body(request)).get("reason")
    await declining.decline(house_of(request), account, request.path_params["chat"], reason)
    return JSONResponse({})


@signed_in(Role.EXPERT)
async def availability(request: Request, account: Account) -> Response:
    online = fields.truth((await body(request)).get("online"), "online")
    await admitting.take_break(house_of(request), account, online)
    return JSONResponse({"online": online})


@signed_in(Role.EXPERT)
async def earnings(request: Request, account: Account) -> Response:
    entries = [
        {
            "chat": posting.entry.chat_id,
            "amount": posting.amount,
            "currency": posting.currency,
            "at": iso(posting.entry.at),
            "deed": paying.deed_of(posting.entry),
        }
        for posting in await paying.earnings(account.id)
    ]
    held = await paying.held(account.id)
    return JSONResponse({"balances": await paying.balances(account.id), "held": held, "entries": entries})


@signed_in(Role.EXPERT)
async def standings(request: Request, account: Account) -> Response:
    """How the expert stands with each brand."""
    found = await rating.standings_of(house_of(request), account)
    return JSONResponse({"standings": [_standing_facts(view) for view in found]})


@signed_in(Role.EXPERT)
async def standing(request: Request, account: Account) -> Response:
    """One page of what moved a standing, and the case where there is one; `before` is where the next page begins."""
    brand = await Brand.get_or_none(slug=request.path_params["brand"])
    view = await rating.standing_of(house_of(request), account, brand.id) if brand else None
    if brand is None or view is None:
        raise NotThere
    asked = request.query_params.get("before")
    before = None if asked is None else fields.number(asked, "before")
    history = await explaining.history(account.id, brand.id, account.language, blind=True, before=before)
    case = await casing.newest_of(account, brand.id)
    told = {
        **_standing_facts(view),
        "movements": _plain(history.movements),
        "hidden": history.hidden,
        "older": history.older,
        "case": _plain(await casing.whole(case, account.language, blind=True)) if case else None,
    }
    return JSONResponse(told)


def _standing_facts(view: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "brand": view["slug"],
        "gate": view["state"],
        "block": showing.block_facts(view["block"]),
        "score": round(view["score"]),
        "usual": round(view["baseline"]),
        "ratings": view["ratings"],
        "resolved": view["resolved"],
        "clears": view["clears"] if view["state"] != "open" else 0,
    }


def _plain(found: Any) -> Any:
    """As JSON has it: moments as text."""
    if isinstance(found, Mapping):
        return {name: _plain(value) for name, value in found.items()}
    if isinstance(found, list | tuple):
        return [_plain(value) for value in found]
    return iso(found) if isinstance(found, datetime) else found


@signed_in(Role.EXPERT)
async def answer_case(request: Request, account: Account) -> Response:
    text = (await body(request)).get("text")
    await deciding.answer(house_of(request), account, request.path_params["case"], text)
    return JSONResponse({}, 201)


@signed_in(Role.EXPERT)
async def appeal_case(request: Request, account: Account) -> Response:
    text = (await body(request)).get("text")
    await deciding.appeal(house_of(request), account, request.path_params["case"], text)
    return JSONResponse({}, 201)


@signed_in(Role.MODERATOR, Role.STAFF)
async def ledger(request: Request, account: Account) -> Response:
    accounts = await paying.trial_balance(account.brand_id or 0)
    sums: dict[str, Any] = {}
    for row in accounts:
        sums[str(row["currency"])] = sums.get(str(row["currency"]), 0) + row["sum"]
    return JSONResponse({"accounts": accounts, "sums": sums})


@signed_in(Role.MODERATOR, Role.STAFF)
async def reveal(request: Request, account: Account) -> Response:
    sent = await body(request)
    token = f"{sent.get('token')} {sent.get('n')}"
    found = await revealing.reveal(
        house_of(request), request.state.login, request.path_params["chat"], token, sent.get("reason"), sent
    )
    told = {"chat": found.chat, "token": found.kind, "n": found.n, "kept": found.kept, "value": found.value}
    return JSONResponse(told, headers={"Cache-Control": "no-store"})
