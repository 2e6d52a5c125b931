"""A moderator's board, and a silent seat in a room: in no presence, no count, no sequence."""

from chatmarket.errors import NotThere
from chatmarket.flows import auditing, blocking, showing
from chatmarket.flows.talking import Seat
from chatmarket.house import House
from chatmarket.models import Account, Chat, Rating, Status
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
    await _write_down(house, account, chat_id, "watch")
    return Seat(chat_id, "staff", account.language, account.id, account.brand_id or 0)


async def read(house: House, account: Account, chat_id: int) -> None:
    """What was said so far may be shown to this moderator, and the audit says so."""
    await _write_down(house, account, chat_id, "read")


@unit_of_work
async def _write_down(house: House, account: Account, chat_id: int, action: str) -> None:
    chat = await of_brand(account, chat_id)
    await auditing.write_down(house, chat.brand_id, account.id, action, chat=chat.id)


async def board(account: Account) -> list[showing.View]:
    """The rows of the account's brand: waiting and live, oldest first, then what was over last."""
    mine = Chat.filter(brand_id=account.brand_id, practice=False).select_related("topic", "expert")
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
