"""What each audience is shown: rows become views, views become fragments and frames."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, Protocol

from markupsafe import escape

from chatmarket.flows.committing import Edit, Kept
from chatmarket.house import House
from chatmarket.models import Account, Chat, Rating, Solicitation, Topic
from chatmarket.models.chats import BLOCKED
from chatmarket.templating import BLANK, LANGUAGES, Mould, chip, fragment, iso
from matching.rewards import split
from realtime import channels
from realtime.frames import frame, together

_STATE = {"customer": "customer/_state", "expert": "expert/_state", "staff": "moderator/_state"}
AUDIENCES = tuple(_STATE)
SAID = ("resolved", "stars", "comment", "blames")  # by the customer
View = dict[str, Any]


async def chat_whole(chat_id: int) -> Chat:
    return await Chat.get(id=chat_id).select_related("brand", "topic", "expert")


def net(chat: Chat) -> int:
    """The expert's share of the reward, in minor units."""
    return split(chat.reward)[0]


async def viewed(chat: Chat, language: str, audience: str) -> View:
    """A chat as its own page shows it to this audience."""
    return chat_view(chat, told(await Rating.get_or_none(chat_id=chat.id), audience), language)


def chat_view(chat: Chat, rating: Rating | None, language: str) -> View:
    return {
        "id": chat.id,
        "status": str(chat.status),
        "language": chat.language,
        "topic": chat.topic.name(language),
        "in_scope": chat.in_scope,
        "question": chat.question,
        "asked_at": chat.asked_at,
        "expires_at": chat.expires_at,
        "claimed_at": chat.claimed_at,
        "ended_at": chat.ended_at,
        "ended_by": chat.ended_by,
        "wait_limit_s": chat.brand.wait_limit_s,
        "reward": net(chat),
        "currency": chat.currency,
        "email_left": chat.email_token is not None,
        "email_kept": (chat.brand.rules or {}).get("policies", {}).get("email") != "drop",
        "brand": chat.brand.slug,
        "all_hidden": "visible" not in (chat.brand.rules or {}).get("policies", {}).values(),
        "practice": chat.practice,
        "returned": chat.returned,
        "reply_due_at": chat.reply_due_at,
        "rated": {
            "resolved": rating.resolved,
            "stars": rating.stars,
            "comment": rating.comment,
            "blames": rating.blames,
        }
        if rating
        else None,
    }


def state_context(chat: Chat, view: View) -> View:
    return {"chat": view, "expert_name": chat.expert.name if chat.expert else None}


def told(rating: Rating | None, audience: str) -> Rating | None:
    """An expert is told of a yes at once, as their pay is. A no looks like silence in the room: it stands on their page
    about their standing, without whose it is, once it is final."""
    return rating if audience != "expert" or (rating is not None and rating.resolved) else None


def state_frame(chat: Chat, rating: Rating | None, audience: str, language: str) -> str:
    rating = told(rating, audience)
    view = chat_view(chat, rating, language)
    return frame(
        "state",
        chat=chat.id,
        status=view["status"],
        resolved=rating.resolved if rating else None,
        html=fragment(_STATE[audience], language, **state_context(chat, view)),
    )


def mark(chat: Chat, rating: Rating | None) -> int:
    """A number that changes whenever what `state_frame` shows does."""
    return mark_of(chat.status, chat.email_token, rating is not None, chat.returned)


def mark_of(status: str, email_token: str | None, rated: bool, returned: int) -> int:
    return 2 * _step(status, rated, returned) + (email_token is not None)


class Line(Protocol):
    """A message, as it was kept or as it was read again."""

    @property
    def seq(self) -> int: ...
    @property
    def author(self) -> str: ...
    @property
    def cid(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def segments(self) -> Any: ...


def message_view(message: Line) -> View:
    at = iso(message.at)
    return {
        "seq": message.seq,
        "author": message.author,
        "cid": message.cid,
        "at": at,
        "clock": at[11:16],
        "segments": message.segments,
    }


def message_frame(message: Kept, language: str) -> str:
    at = iso(message.at)
    return frame(
        "message",
        chat=message.chat,
        seq=message.seq,
        author=message.author,
        cid=message.cid,
        at=at,
        segments=message.segments,
        html=message_html(message, at, language),
    )


def edit_frame(chat: int, edit: Edit, amended: int, language: str) -> str:
    """What message `edit.seq` reads as since message `amended` gave something away in it."""
    segments, html = edit.segments, text_html(edit.segments, language)
    return frame("edit", chat=chat, seq=edit.seq, amended=amended, segments=segments, html=html)


def edit_frames(kept: Kept, language: str) -> list[str]:
    """What earlier messages read as since this one."""
    return [edit_frame(kept.chat, edit, kept.seq, language) for edit in kept.edits]


def frames_in(kept: Kept, language: str) -> str:
    """The message, and ahead of it what it gave away in earlier ones: whoever is given it has those as well."""
    message = message_frame(kept, language)
    return together(*edit_frames(kept, language), message) if kept.edits else message


def frames(kept: Kept) -> list[str]:
    """As `frames_in`, for each language."""
    return [frames_in(kept, language) for language in LANGUAGES]


def text_html(segments: Any, language: str) -> str:
    """The words of a message alone, as they stand in it."""
    return fragment("room/_text", language, said=segments)


@cache
def _message_mould(author: str, language: str) -> Mould:
    blanks = {name: BLANK % name for name in ("seq", "cid", "at", "clock")}
    said = [{"text": BLANK % "said"}]
    return Mould(fragment("room/_message", language, message={**blanks, "author": author, "segments": said}))


def message_html(message: Line, at: str, language: str) -> str:
    """`room/_message.html` filled in, `at` as `iso` writes it: the same as the template engine's, in a tenth of the
    time."""
    said = "".join(
        escape(segment["text"]) if "text" in segment else chip(segment["token"], segment.get("n", 0), language)
        for segment in message.segments
    )
    return _message_mould(message.author, language).filled(
        seq=str(message.seq), cid=escape(message.cid), at=at, clock=at[11:16], said=said.strip("\n")
    )


def row_view(chat: Chat, language: str, rating: Rating | None, blocked: int) -> View:
    """A chat on the board; `blocked` are the messages of its expert that were."""
    return {
        "blocked": blocked,
        "chat": chat.id,
        "status": str(chat.status),
        "topic": chat.topic.name(language),
        "in_scope": chat.in_scope,
        "language": chat.language,
        "question": chat.question,
        "asked_at": chat.asked_at,
        "claimed_at": chat.claimed_at,
        "ended_at": chat.ended_at,
        "expert": chat.expert.name if chat.expert else None,
        "resolved": rating.resolved if rating else None,
        "blames": rating.blames if rating else None,
        "step": _step(chat.status, rating is not None, chat.returned),
        "returned": chat.returned,
        "watch": chat.status == "live" or chat.expert is not None,
    }


async def tell_room(house: House, chat: Chat) -> None:
    """Everyone in the room reads anew where the chat stands."""
    house.switchboard.wake(*room_channels(chat.id))


def room_channels(chat: int) -> list[str]:
    """All channels of one room: each audience in each language."""
    return [channels.room(chat, audience, language) for audience in AUDIENCES for language in LANGUAGES]


async def tell_board(house: House, chat: Chat) -> None:
    """The brand's moderators see the chat's row change. Its step tells a browser which of two rows is the newer."""
    if chat.practice:
        return
    rating = await Rating.get_or_none(chat_id=chat.id)
    blocked = await Solicitation.filter(chat_id=chat.id, why__in=BLOCKED).count()
    for language in LANGUAGES:
        row = row_view(chat, language, rating, blocked)
        html = fragment("moderator/_row", language, row=row)
        told = frame("row", chat=chat.id, status=row["status"], step=row["step"], html=html)
        house.switchboard.publish(told, channels.board(chat.brand_id, language))


def _step(status: str, rated: bool, returned: int) -> int:
    """How far a chat has come; it never goes back, for each return counts as two steps."""
    return 2 * returned + (3 if rated else {"waiting": 0, "live": 1}.get(str(status), 2))


def room_view(chat: Chat, language: str) -> View:
    """A live chat in its expert's lobby."""
    return {
        "chat": chat.id,
        "brand": chat.brand.name,
        "topic": chat.topic.name(language),
        "language": chat.language,
        "question": chat.question,
        "claimed_at": chat.claimed_at,
    }


def offer_view(chat: Chat, language: str, why: str | None = None) -> View:
    """`why` this expert hears of it: one of matching.rings.Why."""
    return {
        "card": chat.card,
        "returned": chat.returned,
        "grown": net(chat) if chat.asked_reward and chat.reward > chat.asked_reward else 0,
        "chat": chat.id,
        "why": why,
        "brand": chat.brand.name,
        "topic": chat.topic.name(language),
        "language": chat.language,
        "summary": chat.question,
        "reward": net(chat),
        "currency": chat.currency,
        "asked_at": chat.asked_at,
        "expires_at": chat.expires_at,
    }


def offer_card(chat: Chat, language: str, why: str | None = None, taken: str | None = None) -> str:
    return fragment("expert/_offer", language, offer=offer_view(chat, language, why), taken=taken)


def offer_facts(chat: Chat, language: str, why: str | None) -> View:
    return {
        "chat": chat.id,
        "card": chat.card,
        "why": why,
        "brand": chat.brand.slug,
        "topic": chat.topic.name(language),
        "language": chat.language,
        "reward": net(chat),
        "currency": chat.currency,
        "segments": chat.question,
        "expires_at": iso(chat.expires_at),
    }


def offer_frame(chat: Chat, language: str, why: str | None) -> str:
    return frame("offer", **offer_facts(chat, language, why), html=offer_card(chat, language, why))


def taken_frame(chat: Chat, why: str, language: str) -> str:
    return frame("taken", chat=chat.id, why=why, html=offer_card(chat, language, taken=why))


def standing_frame(view: Mapping[str, Any], language: str) -> str:
    html = fragment("expert/_standing", language, standing=view)
    return frame("standing", brand=view["slug"], gate=view["state"], block=block_facts(view["block"]), html=html)


def block_facts(block: Mapping[str, Any] | None) -> View | None:
    """What a blocked expert's program is told: until when, None for good, and why, in the brand's words."""
    if block is None:
        return None
    return {"id": block["id"], "until": block["until"] and iso(block["until"]), "reason": block["reason"]}


def topic_view(topic: Topic, language: str) -> View:
    return {"id": topic.id, "name": topic.name(language), "reward": topic.reward, "reward_net": split(topic.reward)[0]}


def account_facts(account: Account) -> View:
    return {"id": account.id, "name": account.name, "role": str(account.role)}
