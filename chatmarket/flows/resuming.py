"""Coming back: what somebody missed, read from the database for all who come back at the same moment together."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chatmarket.errors import N_, NotThere, Problem
from chatmarket.flows import blocking, echoing, showing
from chatmarket.flows.committing import Edit, Kept
from chatmarket.flows.joining import SIGN_IN_AGAIN
from chatmarket.flows.talking import Seat
from chatmarket.house import House
from chatmarket.models import Chat, Login, Rating
from chatmarket.privacy.dialogue import MEMORY
from chatmarket.store import dialect, rows, urgent
from realtime.frames import CatchUp, frame
from realtime.survey import Findings

PAGE = 100  # messages of one chat read at once, the longest are 17 KB with their frame; who missed more asks again
LATE_S = 1.0  # from a message's time to the beginning of its hold, at most; and how far clocks of machines are apart
BAD_POSITION = N_("A position is a whole number from 0 to that of the chat's last message.")


class BadPosition(Problem):
    status = 422
    code = "bad_field"
    text = BAD_POSITION


@dataclass(frozen=True, slots=True)
class Missed:
    """Somebody in `chat` has everything up to `after`; `login` is what they came in with, None for a customer."""

    chat: int
    after: int
    login: int | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A chat as it is now, with the messages after a position; `welcome` is false once the login has ended.

    Each message has with it what it gave away in those up to the position, which were read before that.
    """

    chat: Chat
    rating: Rating | None
    messages: Sequence[Kept]
    welcome: bool


async def catch_up(house: House, seat: Seat, after: int, login: int | None) -> CatchUp | None:
    """What someone at position `after` missed: the state now, each later message in order, and where live begins.

    None when their login has ended. Raises BadPosition for a position that the chat has not reached: beyond it, live
    messages would look as if they were known already.
    """
    found: Snapshot = await house.returns.add(Missed(seat.chat, after, login))
    if not found.welcome:
        return None
    if seat.audience == "expert" and found.chat.expert_id != seat.account:
        raise NotThere  # it went back to the others
    if after > found.chat.seq:
        raise BadPosition
    blocked = await blocking.frames(house, found.chat, seat.language) if seat.silent else []
    messages = await _read_by(house, seat, found)
    return CatchUp(
        before=[showing.state_frame(found.chat, found.rating, seat.audience, seat.language), *blocked],
        messages=[(message.seq, showing.frames_in(message, seat.language)) for message in messages],
        after=lambda seq: frame("resumed", chat=seat.chat, seq=seq),
        more=bool(found.messages) and found.messages[-1].seq < found.chat.seq,
        mark=showing.mark(found.chat, found.rating),
    )


async def _read_by(house: House, seat: Seat, found: Snapshot) -> Sequence[Kept]:
    """The messages as this seat may read them: an expert reads their own as they typed them."""
    if seat.audience != "expert":
        return found.messages
    readings = await echoing.readings(house, found.chat, found.messages, seat.language)
    return [replace(message, own=readings.get(message.seq)).for_expert() for message in found.messages]


async def read(missed: Sequence[Missed]) -> list[Snapshot | Exception]:
    """The snapshots of a batch, in four reads however many came back: chats, ratings, messages, logins. NotThere in the
    place of a chat that does not exist."""
    numbers = {one.chat for one in missed}
    chats = {chat.id: chat for chat in await Chat.filter(id__in=numbers).select_related("brand", "topic", "expert")}
    ratings = {rating.chat_id: rating for rating in await Rating.filter(chat_id__in=numbers)}
    messages = await _messages({(one.chat, one.after) for one in missed})
    welcome = await live_logins({one.login for one in missed if one.login is not None})
    return [
        Snapshot(
            chats[one.chat],
            ratings.get(one.chat),
            messages.get((one.chat, one.after), ()),
            one.login is None or one.login in welcome,
        )
        if one.chat in chats
        else NotThere()
        for one in missed
    ]


async def read_chats(numbers: Sequence[int]) -> list[Chat | Exception | None]:
    """The chats of a batch of numbers, in one read; None for a number that no chat has."""
    found = {chat.id: chat for chat in await Chat.filter(id__in=set(numbers))}
    return [found.get(number) for number in numbers]


async def live_logins(logins: Collection[int]) -> set[int]:
    """Those of these logins that still stand."""
    if not logins:
        return set()
    standing = Login.filter(id__in=logins, revoked_at=None, ends_at__gt=datetime.now(UTC), account__disabled_at=None)
    return {row["id"] for row in await standing.values("id")}


_WANTED = {
    "postgres": "SELECT * FROM unnest(?::int[], ?::bigint[]) AS t(chat, after)",
    "sqlite": "SELECT value->>0 AS chat, value->>1 AS after FROM json_each(?)",
}


async def _messages(wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], list[Kept]]:
    """For each (chat, position) the messages after it, a page at most: people come back from different places."""
    chats, after = [chat for chat, _ in wanted], [position for _, position in wanted]
    given = [chats, after] if dialect() == "postgres" else [json.dumps(list(wanted))]
    found = await urgent(
        f"SELECT w.after, m.chat_id, m.seq, m.author, m.cid, m.at, m.segments, m.typed, m.amended "  # noqa: S608
        f"FROM ({_WANTED[dialect()]}) w "
        f"JOIN message m ON m.chat_id = w.chat AND m.seq > w.after - {MEMORY} AND m.seq <= w.after + {PAGE} "
        "AND (m.seq > w.after OR m.amended > w.after) ORDER BY m.chat_id, m.seq",
        *given,
    )
    messages: dict[tuple[int, int], list[Kept]] = {}
    edits: dict[tuple[int, int, int], list[Edit]] = defaultdict(list)  # by what gave something away
    for row in found:
        chat, after, seq = row["chat_id"], row["after"], row["seq"]
        if seq <= after:
            edits[chat, after, row["amended"]].append(
                Edit(seq, json.loads(row["segments"]), aside=row["author"] == "expert")
            )
        else:
            messages.setdefault((chat, after), []).append(_kept(row, edits.get((chat, after, seq), [])))
    return messages


def _kept(row: Mapping[str, Any], edits: Sequence[Edit]) -> Kept:
    at = datetime.fromisoformat(row["at"]) if isinstance(row["at"], str) else row["at"]
    segments = json.loads(row["segments"])
    said = (row["chat_id"], row["seq"], row["author"], row["cid"], at, segments, ())
    return Kept(*said, tuple(edits), typed=row["typed"])


async def positions(chats: Collection[int]) -> dict[int, tuple[int, int]]:
    """Where these chats are: the number of the last message, and the mark of their state."""
    found = await Chat.filter(id__in=chats).values("id", "seq", "status", "email_token", "returned")
    rated = {row["chat_id"] for row in await Rating.filter(chat_id__in=chats).values("chat_id")}
    return {
        row["id"]: (
            row["seq"],
            showing.mark_of(row["status"], row["email_token"], row["id"] in rated, row["returned"]),
        )
        for row in found
    }


async def _shown(chats: Collection[int], since: datetime) -> dict[int, int]:
    """Of these chats those in which a customer spoke after `since`, and the number of the last message before that."""
    found = await rows(
        "SELECT c.id, MIN(m.seq) - 1 AS seq FROM chat c JOIN message m ON m.chat_id = c.id "  # noqa: S608
        f"WHERE c.id IN ({', '.join('?' for _ in chats)}) AND c.said_at > ? AND m.seq > c.seq - {PAGE} "
        "AND m.author = 'customer' AND m.at > ? GROUP BY c.id",
        *chats,
        since,
        since,
    )
    return {row["id"]: row["seq"] for row in found}


async def survey(chats: Collection[int], logins: Collection[int], longest_s: float) -> Findings:
    """For realtime.survey: where these chats stand, and which of these logins have ended. `longest_s` is how long a
    customer's words are held: what was said within it, nobody needs to have yet."""
    gone = set(logins) - await live_logins(logins)
    if not chats:
        return Findings(gone=gone, code=SIGN_IN_AGAIN)
    where, hold_s = await positions(chats), longest_s + LATE_S
    shown = await _shown(chats, datetime.now(UTC) - timedelta(seconds=hold_s)) if longest_s else {}
    return Findings(where, shown, hold_s, gone, SIGN_IN_AGAIN)
