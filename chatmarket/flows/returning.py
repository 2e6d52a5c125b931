"""A customer comes back: their browser says who they are, and an answer that did not hold is found out.

All that is known of them is a number. Who never comes back, or comes without the token, is a new customer each time.
"""

from datetime import UTC, datetime, timedelta
from functools import partial

from chatmarket.flows import learning, moving, offering
from chatmarket.flows.moving import Evidence
from chatmarket.house import House
from chatmarket.models import Blames, Chat, Customer, Rating, Status, What
from chatmarket.store import after_commit
from matching.ratings import RECONTACT_SECONDS

MOST_EARLIER = 20  # chats of one customer about one topic within three days


async def known(house: House, brand: int, token: str) -> Customer | None:
    """The brand's customer whom the token names, held until the unit of work is over; None for whoever was erased."""
    number = house.customer_of(token) if token else None
    found = await Customer.filter(id=number, brand_id=brand).select_for_update().first() if number else None
    return found if found is not None and await learning.hold(found.id) else None


async def asked_again(house: House, chat: Chat) -> None:
    """The answers that this customer was given about the topic within the last 72 hours count as none."""
    since = datetime.now(UTC) - timedelta(seconds=RECONTACT_SECONDS)
    same = Chat.filter(customer_id=chat.customer_id, topic_id=chat.topic_id, status=Status.ENDED, practice=False)
    answered = same.filter(ended_at__gte=since, expert_id__isnull=False).exclude(id=chat.id)
    said = []
    for earlier in await answered.order_by("expert_id", "id").limit(MOST_EARLIER):
        rating = await Rating.get_or_none(chat_id=earlier.id)
        blames = rating is not None and rating.blames == Blames.PRODUCT
        said.append((earlier, Evidence(What.CAME_BACK, True, blames_brand=blames, again=chat.asked_at)))
    for (earlier, _), moved in zip(said, await moving.weigh_all(house, said), strict=True):
        if moved:
            after_commit(partial(offering.refresh, house, earlier.expert_id or 0))
