"""A moderator's board, and a silent seat in a room: in no presence, no count, no sequence."""

from chatmarket.errors import NotThere
from chatmarket.flows import blocking, showing
from chatmarket.flows.talking import Seat
from chatmarket.house import House
from chatmarket.models import Account, Audit, Chat, Rating, Status, Topic
from chatmarket.store import unit_of_work
from chatmarket.templating import fragment
from realtime.frames import frame

RECENT = 30  # chats that are over, below the open ones
MOST_OPEN = 500  # rows of one board; the oldest come first


async def of_brand(account: Account, chat_id: int) -> Chat:
    """The chat, if it belongs to the account's brand; another brand's is not there."""
    chat = await Chat.get_or_none(id=chat_id, brand_id=account.brand_id or 0)
    if chat is None:
        raise NotThere
    return chat


async def watch(house: House, account: Account, chat_id: int) -> Seat:
    """A silent seat in the room, and the audit row that says who took it."""
    await _write_down(account, chat_id, "watch")
    return Seat(chat_id, "staff", account.language, account.id, account.brand_id or 0)


async def read(house: House, account: Account, chat_id: int) -> None:
    """What was said so far may be shown to this moderator, and the audit says so."""
    await _write_down(account, chat_id, "read")


@unit_of_work
async def _write_down(account: Account, chat_id: int, action: str) -> None:
    chat = await of_brand(account, chat_id)
    await Audit.create(brand_id=chat.brand_id, actor_id=account.id, action=action, chat_id=chat.id, facts={})


async def board(account: Account) -> list[showing.View]:
    """The rows of the account's brand: waiting and live, oldest first, then what was over last."""
    mine = Chat.filter(brand_id=account.brand_id).select_related("topic", "expert")
    open_ = await mine.filter(status__in=[Status.WAITING, Status.LIVE]).order_by("asked_at").limit(MOST_OPEN)
    over = await mine.exclude(status__in=[Status.WAITING, Status.LIVE]).order_by("-ended_at").limit(RECENT)
    ratings = {rating.chat_id: rating for rating in await Rating.filter(chat_id__in=[chat.id for chat in over])}
    blocked = await blocking.counts([chat.id for chat in (*open_, *over)])
    return [
        showing.row_view(chat, account.language, ratings.get(chat.id), blocked.get(chat.id, 0))
        for chat in (*open_, *over)
    ]


async def board_frame(account: Account) -> str:
    return frame("board", html=fragment("moderator/_rows", account.language, rows=await board(account)))


async def audit(account: Account, most: int = 200) -> list[showing.View]:
    """Who looked at what and decided what, the newest first, with the names of those it was about."""
    rows = await Audit.filter(brand_id=account.brand_id).order_by("-id").limit(most).select_related("actor")
    experts = await Account.filter(id__in=[row.facts["expert"] for row in rows if "expert" in row.facts])
    topics = await Topic.filter(brand_id=account.brand_id)
    names = {expert.id: expert.name for expert in experts}
    subjects = {topic.id: topic.name(account.language) for topic in topics}
    return [_entry(row, names, subjects) for row in rows]


def _entry(row: Audit, names: dict[int, str], subjects: dict[int, str]) -> showing.View:
    told = {"expert_name": names.get(row.facts.get("expert")), "topic_name": subjects.get(row.facts.get("topic"))}
    return {
        "at": row.at,
        "actor": row.actor.name,
        "action": row.action,
        "chat": row.chat_id,
        "detail": {**row.facts, **told},
    }
