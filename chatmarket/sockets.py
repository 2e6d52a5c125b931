"""The five sockets: authorise, seat, serve. A refused upgrade is accepted and closed, so that the client learns why."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import wraps
from typing import Any, TypeVar

from starlette.websockets import WebSocket, WebSocketDisconnect

from chatmarket import metrics
from chatmarket.errors import N_, NotAllowed, NotThere, Problem, SignInFirst, TooMuch
from chatmarket.flows import attending, lobbying, resuming, talking, watching
from chatmarket.flows.talking import Seat
from chatmarket.house import House
from chatmarket.limits import TooManySockets
from chatmarket.models import Account, Login, Role
from chatmarket.sessions import (
    allowed,
    bearer,
    chat_of_path,
    customer_seat,
    expert_seat,
    holds_token,
    house_of,
    login_from,
    origin_is_ours,
)
from chatmarket.store import StoreBusy
from chatmarket.templating import translate, words
from realtime import channels
from realtime.connection import RESTART, TRY_AGAIN, Connection, HangUp
from realtime.frames import CatchUp, Refused, error, frame

CODES = {SignInFirst: 4401, NotAllowed: 4403, NotThere: 4404, TooManySockets: 4429}
RETRY_MS = 1000
MOST_POSITION = 2**31  # what the database can number
TYPING_S = 1.0  # at most one notice a second is passed on: the other side shows it for four
ANSWER_S = 5.0  # a client that hears nothing for so long takes its line for dead
RETRY = N_("The server is busy for a moment. Your message is sent again by itself.")
UNKNOWN = N_("This kind of frame is not known here.")
Socket = Callable[[WebSocket], Awaitable[None]]
Answer = TypeVar("Answer")


def door(endpoint: Socket) -> Socket:
    """Accepts, and closes with the reason when the one who knocks may not come in."""

    @wraps(endpoint)
    async def opened(websocket: WebSocket) -> None:
        await websocket.accept()
        if house_of(websocket).leaving:
            await _send_off(websocket, RESTART, "leaving")
            return
        try:
            _check_origin(websocket)
            with metrics.counted(endpoint.__name__):
                await endpoint(websocket)
        except (SignInFirst, NotAllowed, NotThere, TooManySockets) as refused:
            await _send_off(websocket, CODES[type(refused)], refused.code)
        except StoreBusy:
            await _send_off(websocket, TRY_AGAIN, "retry")

    return opened


async def _send_off(websocket: WebSocket, code: int, reason: str) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):  # who has left meanwhile needs no reason: thousands do in a herd
        await websocket.close(code, reason)


def _check_origin(websocket: WebSocket) -> None:
    ours = origin_is_ours(house_of(websocket), websocket)
    by_cookie = bearer(websocket) is None and bool(websocket.cookies)
    if ours is False or (ours is None and by_cookie):
        raise NotAllowed(code="origin")


async def _login(websocket: WebSocket, *roles: Role) -> Login:
    login = await login_from(websocket, house_of(websocket))
    allowed(login.account if login else None, roles)
    assert login is not None
    return login


@door
async def customer_room(websocket: WebSocket) -> None:
    if not holds_token(websocket, websocket.path_params["chat"]):
        raise SignInFirst
    await _room(websocket, customer_seat(await chat_of_path(websocket)), None)


@door
async def expert_room(websocket: WebSocket) -> None:
    login = await _login(websocket, Role.EXPERT)
    seat = expert_seat(login.account, await chat_of_path(websocket))
    if seat is None:
        raise NotThere
    await _room(websocket, seat, login)


@door
async def watch(websocket: WebSocket) -> None:
    login = await _login(websocket, Role.MODERATOR, Role.STAFF)
    seat = await watching.watch(house_of(websocket), login.account, websocket.path_params["chat"])
    await _room(websocket, seat, login)


async def _room(websocket: WebSocket, seat: Seat, login: Login | None) -> None:
    house = house_of(websocket)

    async def catch_up(after: int) -> CatchUp:
        try:
            missed = await _answered(resuming.catch_up(house, seat, after, login.id if login else None))
        except resuming.BadPosition as bad:
            raise Refused(error(bad.code, words(bad, seat.language))) from None
        except NotThere:
            raise HangUp(CODES[NotThere]) from None
        if missed is None:
            raise HangUp(CODES[SignInFirst])
        return missed

    also = [channels.login(login.id)] if login else []
    with house.limits.seated(seat.person, seat.brand, seat.chat):
        await house.switchboard.serve(
            websocket,
            channels=[channels.room(seat.chat, seat.audience, seat.language), *also],
            hello=frame("hello", seat=seat.audience, chat=seat.chat, retry_ms=RETRY_MS),
            hear=_Room(house, seat).hear,
            catch_up=catch_up,
            room=seat.chat,
            guest=login.id if login else None,
        )


async def _answered(question: Awaitable[Answer]) -> Answer:
    """What the database says; while it is away the line is let go, and comes back by itself."""
    try:
        return await question
    except StoreBusy:
        raise HangUp(TRY_AGAIN) from None


async def _still_welcome(login: Login) -> None:
    """A process that was deaf may have missed that a login was revoked; whoever catches up is looked at again."""
    if not await resuming.live_logins([login.id]):
        raise HangUp(CODES[SignInFirst])


class _Room:
    """Hears what one seat sends, and answers each frame: with its ack, or with the reason why not."""

    def __init__(self, house: House, seat: Seat) -> None:
        self._house, self._seat = house, seat
        self._types_again = 0.0

    async def hear(self, connection: Connection, heard: dict[str, Any]) -> None:
        try:
            # The unit itself is shielded and ends by itself: only the waiting for it is cut short.
            async with asyncio.timeout(ANSWER_S):
                answer = await self._answer(connection, heard)
        except Problem as problem:
            answer = error(problem.code, words(problem, self._seat.language), heard.get("cid"))
        except (StoreBusy, TimeoutError):
            answer = error("retry", translate(RETRY, self._seat.language), heard.get("cid"))
        if answer:
            # A client whose ping waits behind a long catch-up would take its line for dead and begin again.
            connection.send(answer, ahead=heard.get("type") == "ping")

    async def _answer(self, connection: Connection, heard: Mapping[str, Any]) -> str | None:
        kind = heard.get("type")
        if kind == "resume":
            self._resume(connection, _position(heard.get("seq")))
            return None
        if kind == "ping":
            return frame("pong", seq=connection.position or 0)
        if kind == "send" and not self._seat.silent:
            return await self._say(heard)
        if kind == "typing" and not self._seat.silent:
            await self._type(asyncio.get_running_loop().time())
            return None
        raise Problem(UNKNOWN, code="unknown_type")

    def _resume(self, connection: Connection, position: int) -> None:
        if self._house.limits.may_resume(self._seat.person, asyncio.get_running_loop().time()):
            connection.resume(position)
            return
        # A client asks once on a line and waits for long: without a line it pauses, and comes back.
        connection.send(error(TooMuch.code, words(TooMuch(), self._seat.language)))
        connection.close(TRY_AGAIN)

    async def _say(self, heard: Mapping[str, Any]) -> str:
        clock = asyncio.get_running_loop().time
        began = clock()
        self._house.limits.take(self._seat.person, self._seat.brand, began)
        ack = await talking.say(self._house, self._seat, heard.get("cid"), _words(heard))
        metrics.ACK.observe(clock() - began)
        return ack.frame()

    async def _type(self, now: float) -> None:
        if now >= self._types_again:
            self._types_again = now + TYPING_S
            await talking.typing(self._house, self._seat)


def _words(heard: Mapping[str, Any]) -> Any:
    """What was said: a text, or parts with tokens between texts. Both at once, or neither, is refused."""
    if "parts" not in heard:
        return heard.get("text")
    return heard["parts"] if "text" not in heard and isinstance(heard["parts"], list) else None


def _position(seq: Any) -> int:
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq < MOST_POSITION:
        raise resuming.BadPosition
    return seq


@door
async def lobby(websocket: WebSocket) -> None:
    login = await _login(websocket, Role.EXPERT)
    house, account = house_of(websocket), login.account
    with house.limits.seated(("account", account.id), None):
        await _serve_lobby(websocket, house, login)


async def _serve_lobby(websocket: WebSocket, house: House, login: Login) -> None:
    account = login.account
    try:
        await house.switchboard.presence.arrive(account.id)
        await _noticed(account)
        await house.switchboard.serve(
            websocket,
            channels=[channels.lobby(account.id), channels.login(login.id)],
            hello=frame("hello", seat="lobby", retry_ms=RETRY_MS, key=house.claim_key(account.id)),
            hear=_attending(account),
            refresh=lambda: _lobby_now(house, login),
            guest=login.id,
        )
    finally:
        await asyncio.shield(house.switchboard.presence.leave(account.id))


async def _lobby_now(house: House, login: Login) -> list[str]:
    now = await _answered(lobbying.look(house, login.account, login.id))
    if not now.welcome:
        raise HangUp(CODES[SignInFirst])
    return now.frames(login.account.language)


@door
async def board(websocket: WebSocket) -> None:
    login = await _login(websocket, Role.MODERATOR, Role.STAFF)
    house, account = house_of(websocket), login.account
    with house.limits.seated(("account", account.id), account.brand_id):
        await house.switchboard.serve(
            websocket,
            channels=[channels.board(account.brand_id or 0, account.language), channels.login(login.id)],
            hello=frame("hello", seat="board", retry_ms=RETRY_MS),
            hear=_pong(account.language),
            refresh=lambda: _board_now(login),
            guest=login.id,
        )


async def _board_now(login: Login) -> list[str]:
    await _answered(_still_welcome(login))
    return [await _answered(watching.board_frame(login.account))]


def _attending(account: Account) -> Callable[[Connection, dict[str, Any]], Awaitable[None]]:
    """A lobby's: somebody is there as long as they do something."""
    pong = _pong(account.language)

    async def hear(connection: Connection, heard: dict[str, Any]) -> None:
        if heard.get("type") == "active":
            await _noticed(account)
        else:
            await pong(connection, heard)

    return hear


async def _noticed(account: Account) -> None:
    with suppress(StoreBusy):  # the next sign of life is written down
        await attending.seen(account.id)


def _pong(language: str) -> Callable[[Connection, dict[str, Any]], Awaitable[None]]:
    async def hear(connection: Connection, heard: dict[str, Any]) -> None:
        known = heard.get("type") == "ping"
        answer = frame("pong", seq=0) if known else error("unknown_type", translate(UNKNOWN, language))
        connection.send(answer, ahead=known)

    return hear
