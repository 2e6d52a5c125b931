"""The outbox: what is to leave the house is a row first, and leaves from here, whoever's process that is.

A row is taken for one try by a conditional update that also says when another process may take it, should this one die.
So a notice may leave twice at worst, and is never forgotten. What the other side says is kept as one word.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

from tortoise.expressions import F
from tortoise.queryset import QuerySet

from chatmarket.flows import inviting, lettering, paging
from chatmarket.house import House
from chatmarket.models import Notice, NoticeState, Subscription, Way
from chatmarket.outside.fates import Gone, Never, NotSent, judged
from chatmarket.outside.letters import Letter
from chatmarket.outside.pushes import Browser
from chatmarket.store import StoreBusy, unit_of_work
from chatmarket.templating import iso

logger = logging.getLogger(__name__)

WHOLE = ("brand", "topic", "expert", "subscription__login", "invitation")
AT_ONCE = 40  # in one look
BESIDE = 8  # of those at the same time: a slow machine outside must not keep the others
LEASE = timedelta(seconds=60)  # longer than any try takes
AGAIN_S = (30, 120, 600, 3600)  # after the first try that failed, the second, …
PAGE_LASTS = timedelta(minutes=15)  # then the questions were answered, or nobody waits for an answer any more
FORGET_AFTER = timedelta(days=90)


async def due(house: House, now: datetime | None = None) -> int:
    """Tries what is to leave now; how many were tried."""
    now = now or datetime.now(UTC)
    waiting = Notice.filter(state=NoticeState.WAITING, due_at__lte=now).order_by("due_at").limit(AT_ONCE)
    beside = asyncio.Semaphore(BESIDE)

    async def one(notice: Notice) -> bool:
        async with beside:
            return await _in_peace(house, notice, now)

    return sum(await asyncio.gather(*(one(notice) for notice in await waiting)))


async def _in_peace(house: House, notice: Notice, now: datetime) -> bool:
    try:
        return await _try(house, notice, now)
    except StoreBusy:
        raise
    except Exception:  # its lease ends, and it is tried again; the others go on
        logger.exception("notice_failed", extra={"notice": notice.id})
        return False


async def _try(house: House, seen: Notice, now: datetime) -> bool:
    notice = await _taken(seen)
    if notice is None:
        return False  # another process has it
    try:
        if notice.kind == "page" and now - notice.made_at > PAGE_LASTS:
            raise Never("too_late")
        await WAYS[Way(notice.way)](house, notice)
    except NotSent as failed:
        await _failed(notice, failed)
    else:
        await _settle(notice, NoticeState.SENT, "sent")
    return True


@unit_of_work
async def _taken(seen: Notice) -> Notice | None:
    still = Notice.filter(id=seen.id, state=NoticeState.WAITING, tries=seen.tries)
    if not await still.update(tries=F("tries") + 1, due_at=datetime.now(UTC) + LEASE, result=""):
        return None
    return await Notice.get(id=seen.id).select_related(*WHOLE)


def _own(notice: Notice) -> QuerySet[Notice]:
    """The row while this try is its latest: one whose lease ended is another's to settle."""
    return Notice.filter(id=notice.id, state=NoticeState.WAITING, tries=notice.tries)


@unit_of_work
async def _settle(notice: Notice, state: NoticeState, word: str) -> None:
    await _own(notice).update(state=state, result=word, done_at=datetime.now(UTC))
    logger.info("notice", extra={"notice": notice.id, "way": notice.way, "result": word})


@unit_of_work
async def _failed(notice: Notice, failed: NotSent) -> None:
    if isinstance(failed, Gone) and notice.subscription_id is not None:
        await Subscription.filter(id=notice.subscription_id).delete()
    if isinstance(failed, Never) or notice.tries > len(AGAIN_S):
        await _settle(notice, NoticeState.FAILED, failed.word)
        return
    again = datetime.now(UTC) + timedelta(seconds=AGAIN_S[notice.tries - 1])
    await _own(notice).update(due_at=again, result=failed.word)


async def _mail(house: House, notice: Notice) -> None:
    if house.outside.letters is None:
        raise Never("no_smtp")
    await house.outside.letters.send(_letter(house, notice))


def _letter(house: House, notice: Notice) -> Letter:
    if notice.kind == "page":
        if notice.expert is None or notice.topic is None:
            raise Never("gone")
        return lettering.page(house, notice.expert, notice.brand, notice.topic)
    if notice.invitation is None or not notice.invitation.email or inviting.state(notice.invitation) != "open":
        raise Never("taken_back")
    return lettering.invitation(house, notice.invitation, notice.brand)


async def _push(house: House, notice: Notice) -> None:
    kept = notice.subscription
    if house.outside.pushes is None:
        raise Never("no_key")
    if kept is None or kept.login.revoked_at is not None or notice.expert is None or notice.topic is None:
        raise Never("signed_out")
    note = json.dumps(lettering.note(notice.expert, notice.brand, notice.topic), ensure_ascii=False).encode()
    browser = Browser(kept.endpoint, kept.public, kept.secret)
    await house.outside.pushes.send(browser, note, f"page-{notice.brand_id}")


async def _webhook(house: House, notice: Notice) -> None:
    url = paging.summons_of(notice.brand).webhook
    if not url or notice.topic is None:
        raise Never("no_webhook")
    body = json.dumps(
        {
            "type": "page",
            "id": notice.id,
            "at": iso(notice.made_at),
            "brand": notice.brand.slug,
            "topic": {"id": notice.topic_id, "names": notice.topic.names},
            "expert": notice.expert_id,
            "lobby": f"{house.settings.public_url.rstrip('/')}/lobby",
        },
        ensure_ascii=False,
    ).encode()
    signed = paging.signatures(house, notice.brand_id, int(time.time()), body)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Chatmarket",
        "Chatmarket-Signature": signed,
        "Chatmarket-Notice": str(notice.id),
    }
    judged(await house.outside.street.post(url, body, headers))


WAYS: Mapping[Way, Callable[[House, Notice], Awaitable[None]]] = {
    Way.MAIL: _mail,
    Way.PUSH: _push,
    Way.WEBHOOK: _webhook,
}


async def forget(now: datetime | None = None) -> None:
    """Notices of long ago."""
    long_ago = (now or datetime.now(UTC)) - FORGET_AFTER
    done = (NoticeState.SENT, NoticeState.FAILED)
    await Notice.filter(state__in=done, due_at__lt=long_ago).delete()
