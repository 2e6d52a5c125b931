"""The client keeps its promises: the pure rules of delivery, and a room against a server that misbehaves."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random

import pytest
from websockets.asyncio.server import ServerConnection, serve

from chatmarket.client import (
    ApiError,
    Arrival,
    Closed,
    Message,
    Outbox,
    OutboxFull,
    Refused,
    Resumed,
    Room,
    Sequence,
    Unsent,
    pause,
)
from chatmarket.client.api import refusal
from chatmarket.client.frames import decode

# -- the outbox


def test_the_oldest_letter_goes_first_and_alone() -> None:
    outbox = Outbox()
    outbox.add("a", "one")
    outbox.add("b", "two")
    first = outbox.launch(now=0.0)
    assert first is not None and first.cid == "a"
    assert outbox.launch(now=0.1) is None
    assert outbox.settle("a")
    second = outbox.launch(now=0.2)
    assert second is not None and second.cid == "b"


def test_a_lost_connection_sends_the_same_letter_with_the_same_cid_again() -> None:
    outbox = Outbox()
    outbox.add("a", "one")
    first = outbox.launch(now=0.0)
    outbox.rewind()
    assert outbox.launch(now=9.0) == first


def test_a_letter_asked_for_again_keeps_its_place_before_the_younger() -> None:
    outbox = Outbox()
    outbox.add("a", "one")
    outbox.add("b", "two")
    outbox.launch(now=0.0)
    outbox.again("a")
    again = outbox.launch(now=1.0)
    assert again is not None and again.cid == "a"


def test_an_ack_that_comes_twice_settles_once() -> None:
    outbox = Outbox()
    outbox.add("a", "one")
    outbox.launch(now=0.0)
    assert outbox.settle("a") and not outbox.settle("a")
    assert len(outbox) == 0


def test_only_a_letter_in_flight_can_be_overdue() -> None:
    outbox = Outbox()
    outbox.add("a", "one")
    assert not outbox.overdue(now=100.0, patience=5.0)
    outbox.launch(now=100.0)
    assert not outbox.overdue(now=105.0, patience=5.0)
    assert outbox.overdue(now=105.1, patience=5.0)
    outbox.forgive(now=105.1)
    assert not outbox.overdue(now=110.0, patience=5.0)


def test_the_outbox_is_bounded_and_a_known_cid_needs_no_room() -> None:
    outbox = Outbox(limit=1)
    outbox.add("a", "one")
    outbox.add("a", "one")
    with pytest.raises(OutboxFull):
        outbox.add("b", "two")


# -- the order of arrival


def judged(seqs: list[int], position: int = 0) -> tuple[list[Arrival], Sequence]:
    sequence = Sequence(position)
    sequence.begin()
    return [sequence.judge(seq) for seq in seqs], sequence


def test_rising_numbers_are_all_new() -> None:
    arrivals, sequence = judged([1, 2, 3])
    assert arrivals == [Arrival.NEW] * 3 and sequence.position == 3
    assert (sequence.wire.duplicates, sequence.wire.gaps, sequence.wire.disorder) == (0, 0, 0)


def test_a_number_seen_before_is_dropped_and_counted() -> None:
    arrivals, sequence = judged([1, 2, 2, 3])
    assert arrivals == [Arrival.NEW, Arrival.NEW, Arrival.KNOWN, Arrival.NEW]
    assert (sequence.wire.duplicates, sequence.wire.gaps, sequence.wire.disorder) == (1, 0, 0)


def test_a_gap_is_not_shown_to_the_application() -> None:
    arrivals, sequence = judged([1, 3])
    assert arrivals == [Arrival.NEW, Arrival.GAP] and sequence.position == 1
    assert sequence.wire.gaps == 1


def test_a_number_that_comes_late_is_disorder_and_not_a_duplicate() -> None:
    _, sequence = judged([1, 3, 2])
    assert (sequence.wire.duplicates, sequence.wire.gaps, sequence.wire.disorder) == (0, 1, 1)


def test_a_message_from_before_the_resumed_position_is_a_duplicate() -> None:
    arrivals, sequence = judged([5], position=5)
    assert arrivals == [Arrival.KNOWN] and sequence.wire.duplicates == 1


def test_a_new_connection_begins_behind_the_position() -> None:
    _, sequence = judged([1, 2])
    assert sequence.begin() == 2
    assert sequence.judge(3) is Arrival.NEW
    assert (sequence.wire.duplicates, sequence.wire.gaps) == (0, 0)


# -- the back-off


def test_the_back_off_is_spread_under_a_doubling_ceiling() -> None:
    rng = Random(7)
    for attempt, ceiling in enumerate((1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0)):
        waits = [pause(attempt, rng) for _ in range(500)]
        assert max(waits) <= ceiling and min(waits) < 0.1 * ceiling and max(waits) > 0.9 * ceiling


def test_a_draining_server_is_not_disturbed_before_the_time_it_named() -> None:
    assert all(pause(0, Random(seed), least=4.2) >= 4.2 for seed in range(50))


def test_a_busy_server_is_given_more_room_at_once() -> None:
    rng = Random(7)
    waits = [pause(0, rng, code=1013) for _ in range(500)]
    assert 3.6 < max(waits) <= 4.0
    assert max(pause(4, rng, code=1013) for _ in range(500)) > 14.0, "and never less than after so many attempts"


def test_who_has_too_many_sockets_stays_away_for_long() -> None:
    rng = Random(7)
    waits = [pause(0, rng, code=4429) for _ in range(500)]
    assert min(waits) >= 30.0 and max(waits) <= 60.0 and max(waits) - min(waits) > 20.0


def test_a_thousandth_attempt_still_waits_a_bounded_time() -> None:
    assert pause(1_000, Random(1)) <= 30.0


# -- frames and errors


def test_a_frame_of_a_newer_server_is_not_an_error() -> None:
    assert decode('{"type":"confetti"}') is None


def test_a_message_reads_as_text_with_its_masked_values_named() -> None:
    segments = '[{"text":"to "},{"token":"email","n":1}]'
    frame = decode(f'{{"type":"message","chat":7,"seq":3,"author":"customer","segments":{segments}}}')
    assert isinstance(frame, Message) and frame.text == "to [email 1]"


def test_a_refused_call_says_code_and_field() -> None:
    error = refusal(409, b'{"error":{"code":"taken","text":"Taken.","field":null}}')
    assert isinstance(error, ApiError) and (error.status, error.code) == (409, "taken")


def test_a_page_of_a_proxy_is_an_error_too() -> None:
    assert refusal(502, b"<html>Bad gateway").code == "unreadable"


# -- a room, against a server of a few lines that can be told to misbehave


class Server:
    """Keeps messages as the protocol says; `on_send` may spoil what happens to a send frame by returning False."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, str]] = []
        self.arrived: list[str] = []
        self.on_send: Callable[[ServerConnection, dict[str, str]], bool] = lambda socket, frame: True
        self.skip: set[int] = set()
        self.twice: set[int] = set()
        self.close: int | None = None
        self.refuse: str | None = None
        self.on_ping: Callable[[ServerConnection], bool] = lambda socket: True
        self.greets = True
        self.resumes: list[int] = []
        self.port = 0

    async def live(self, socket: ServerConnection) -> None:
        if self.close is not None:
            return await socket.close(self.close)
        if self.greets:
            await self.say(socket, type="hello", seat="customer", chat=7, retry_ms=20)
        async for raw in socket:
            frame = json.loads(raw)
            if frame["type"] == "ping" and self.on_ping(socket):
                await self.say(socket, type="pong", seq=len(self.kept))
            if frame["type"] == "resume":
                await self.resume(socket, frame["seq"])
            elif frame["type"] == "send":
                await self.hear(socket, frame)
        return None

    async def resume(self, socket: ServerConnection, seq: int) -> None:
        self.resumes.append(seq)
        await self.say(socket, type="state", chat=7, status="live", text="", html="")
        for number in range(seq + 1, len(self.kept) + 1):
            await self.tell(socket, number)
        await self.say(socket, type="resumed", chat=7, seq=len(self.kept))

    async def hear(self, socket: ServerConnection, frame: dict[str, str]) -> None:
        self.arrived.append(frame["cid"])
        if self.refuse:
            return await self.say(socket, type="error", code=self.refuse, text="No.", cid=frame["cid"])
        message = (frame["cid"], frame["text"])
        fresh = message not in self.kept
        if fresh:
            self.kept.append(message)
        seq = self.kept.index(message) + 1
        if not self.on_send(socket, frame):
            return None
        await self.say(socket, type="ack", cid=frame["cid"], seq=seq, at="", hidden=[])
        if fresh and seq not in self.skip:
            await self.tell(socket, seq)
        if seq in self.twice:
            await self.tell(socket, seq)
        return None

    async def tell(self, socket: ServerConnection, seq: int) -> None:
        cid, text = self.kept[seq - 1]
        segments = [{"text": text}]
        await self.say(
            socket, type="message", chat=7, seq=seq, author="customer", cid=cid, at="", segments=segments, html=""
        )

    @staticmethod
    async def say(socket: ServerConnection, **frame: object) -> None:
        await socket.send(json.dumps(frame))


@asynccontextmanager
async def room_at(server: Server, patience: float = 5.0, ping_every: float = 10.0) -> AsyncIterator[Room]:
    async with serve(server.live, "127.0.0.1", 0) as listening:
        server.port = next(iter(listening.sockets)).getsockname()[1]
        url = f"http://127.0.0.1:{server.port}/chats/7/live"
        room = Room(url, "token", seat="customer", rng=Random(3), patience=patience, ping_every=ping_every)
        async with room, asyncio.timeout(10):
            yield room


async def texts(room: Room, count: int) -> list[str]:
    heard: list[str] = []
    async for event in room:
        if isinstance(event, Message):
            heard.append(event.text)
        if len(heard) == count:
            break
    return heard


async def test_a_message_is_acked_and_comes_back_once() -> None:
    server = Server()
    async with room_at(server) as room:
        ack = await room.send("Hello")
        assert ack.seq == 1 and await texts(room, 1) == ["Hello"]


async def test_messages_written_without_a_line_leave_in_order_once_it_is_there() -> None:
    server = Server()
    async with room_at(server) as room:
        answers = [room.send(str(number)) for number in range(20)]
        assert [(await answer).seq for answer in answers] == list(range(1, 21))
        assert await texts(room, 20) == [str(number) for number in range(20)]


async def test_a_line_cut_before_the_ack_sends_again_and_nothing_is_doubled() -> None:
    server = Server()

    def cut_the_first(socket: ServerConnection, frame: dict[str, str]) -> bool:
        if len(server.arrived) == 1:
            socket.transport.abort()
            return False
        return True

    server.on_send = cut_the_first
    async with room_at(server) as room:
        ack = await room.send("Hello", cid="c-1")
        assert ack.seq == 1 and server.arrived == ["c-1", "c-1"] and server.kept == [("c-1", "Hello")]
        assert await texts(room, 1) == ["Hello"]
        assert room.connections == 2


async def test_an_ack_that_never_comes_ends_the_connection_and_starts_again() -> None:
    server = Server()
    server.on_send = lambda socket, frame: len(server.arrived) > 1
    async with room_at(server, patience=0.2) as room:
        assert (await room.send("Hello", cid="c-1")).seq == 1
        assert server.arrived == ["c-1", "c-1"] and room.connections == 2


async def test_a_cut_room_resumes_where_the_application_was() -> None:
    server = Server()
    async with room_at(server) as room:
        await room.send("one")
        assert await texts(room, 1) == ["one"]
        room.cut()
        server.kept.append(("x", "meanwhile"))
        await room.send("two")
        assert await texts(room, 2) == ["meanwhile", "two"]
        assert (room.wire.duplicates, room.wire.gaps) == (0, 0)


async def test_a_duplicate_on_the_wire_is_counted_and_not_shown() -> None:
    server = Server()
    server.twice = {1}
    async with room_at(server) as room:
        await room.send("one")
        await room.send("two")
        assert await texts(room, 2) == ["one", "two"]
        assert room.wire.duplicates == 1


async def test_a_gap_on_the_wire_is_counted_and_filled_by_a_resume() -> None:
    server = Server()
    server.skip = {1}
    async with room_at(server) as room:
        await room.send("one")
        await room.send("two")
        assert await texts(room, 2) == ["one", "two"]
        assert room.wire.gaps == 1


async def test_a_refused_message_is_told_to_its_sender_and_the_next_one_goes() -> None:
    server = Server()
    async with room_at(server) as room:
        server.refuse = "withheld"
        with pytest.raises(Unsent, match="withheld"):
            await room.send("secret")
        server.refuse = None
        assert (await room.send("Hello")).seq == 1


async def test_a_busy_database_is_asked_again_with_the_same_cid() -> None:
    server = Server()
    async with room_at(server) as room:
        server.refuse = "retry"
        answer = room.send("Hello", cid="c-1")
        while not server.arrived:
            await asyncio.sleep(0.01)
        server.refuse = None
        assert (await answer).seq == 1 and server.arrived == ["c-1", "c-1"]


@pytest.mark.parametrize("code", [4401, 4403, 4404])
async def test_a_closed_door_is_not_knocked_at_again(code: int) -> None:
    server = Server()
    server.close = code
    async with room_at(server) as room:
        with pytest.raises(Refused) as refused:
            await texts(room, 1)
        assert refused.value.code == code and room.connections == 1
        with pytest.raises(Closed):
            await room.send("Hello")


async def test_leaving_tells_who_still_waits_for_an_ack() -> None:
    server = Server()
    server.on_send = lambda socket, frame: False
    async with room_at(server) as room:
        answer = room.send("Hello")
        await room.close()
        with pytest.raises(Closed):
            await answer


async def test_after_a_sync_everything_kept_before_has_been_given() -> None:
    server = Server()
    async with room_at(server) as room:
        await room.live.wait()
        server.kept += [("x", "one"), ("y", "two")]
        await room.sync()
        assert room.position == 2
        await room.close()
        events = [event async for event in room]
        assert [event.text for event in events if isinstance(event, Message)] == ["one", "two"]
        assert isinstance(events[-1], Resumed)


async def test_a_frame_the_server_would_close_on_is_never_sent() -> None:
    async with room_at(Server()) as room:
        with pytest.raises(ValueError, match="16384"):
            room.send("\x01" * 4_000)


async def test_a_message_that_nobody_delivered_is_noticed_by_the_position_in_a_pong() -> None:
    server = Server()
    async with room_at(server, ping_every=0.1) as room:
        await room.live.wait()
        server.kept.append(("x", "never told"))
        assert await texts(room, 1) == ["never told"]
        assert server.resumes == [0, 0] and room.connections == 1


async def test_a_line_that_looks_open_and_answers_no_ping_is_torn_and_comes_back() -> None:
    server = Server()
    server.on_ping = lambda socket: len(server.resumes) > 1
    async with room_at(server, patience=0.2, ping_every=0.1) as room:
        await room.live.wait()
        while room.connections < 2:
            await asyncio.sleep(0.01)
        assert (await room.send("Hello")).seq == 1
        await asyncio.sleep(0.5)
        assert room.connections == 2


async def test_a_server_that_takes_the_line_and_never_greets_is_left() -> None:
    server = Server()
    server.greets = False
    async with room_at(server, patience=0.04) as room:
        while room.connections < 2:
            await asyncio.sleep(0.01)
        server.greets = True
        await room.live.wait()


async def test_a_draining_server_is_left_when_it_asked_and_not_before() -> None:
    server = Server()
    sockets: list[ServerConnection] = []
    server.on_send = lambda socket, frame: sockets.append(socket) is None
    async with room_at(server, patience=0.2) as room:
        await room.send("one")
        began = asyncio.get_running_loop().time()
        await server.say(sockets[0], type="drain", retry_ms=400)
        assert (await room.send("two")).seq == 2 and room.connections == 1
        while room.connections < 2:
            await asyncio.sleep(0.01)
        assert asyncio.get_running_loop().time() - began >= 0.4
        await room.live.wait()
        assert (await room.send("three")).seq == 3


async def test_a_server_that_drains_and_hangs_up_is_not_disturbed_before_its_time() -> None:
    server = Server()
    sockets: list[ServerConnection] = []
    server.on_send = lambda socket, frame: sockets.append(socket) is None
    async with room_at(server) as room:
        await room.send("one")
        began = asyncio.get_running_loop().time()
        await server.say(sockets[0], type="drain", retry_ms=400)
        await sockets[0].close(1012)
        while room.connections < 2:
            await asyncio.sleep(0.01)
        assert asyncio.get_running_loop().time() - began >= 0.4
