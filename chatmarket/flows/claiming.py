"""The first admissible claim wins the chat: matching judges, and a conditional update breaks the tie.

A claim carries a token in two halves: what is on the offer's card, and the expert's own key. It works once.
"""

import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.exceptions import DoesNotExist, IntegrityError
from tortoise.expressions import F, Q
from tortoise.queryset import QuerySet

from chatmarket import metrics
from chatmarket.errors import ClaimRefused, NotThere
from chatmarket.flows import excluding, offering, qualifying, recognising, recruiting, showing
from chatmarket.house import House
from chatmarket.models import SHUT, Account, Chat, Expert, Offer, Reply, Standing, Status, Ticket
from chatmarket.store import after_commit, unit_of_work
from matching import claims, rings
from matching.candidates import Candidate
from matching.claims import Claim, judge, lost_by
from matching.probation import NEWCOMER_CAPACITY
from matching.qualification import Refusal

TOO_LATE = ("taken", "gone")  # the refusals that are no reason of the expert's own
LOST_WITHIN = timedelta(minutes=10)  # who claims a chat later than this did not lose it by milliseconds


async def claim(house: House, account: Account, chat_id: int, card: Any, key: Any, device: str = "") -> Chat:
    """The chat, now live and this expert's; claimed twice by its winner it stays so. One that is decided later comes
    back WAITING, with this expert's ticket laid down. `device` is their browser's random number, of which a keyed
    digest is kept.

    Raises ClaimRefused with the reason, NotThere for another brand's.
    """
    try:
        # Most claims come too late: they are told so by a few reads, before any transaction begins.
        chat, candidate = await _judged(account, chat_id)
        if candidate is None:
            return chat
        used = await _token(house, chat, candidate, card, key)
        if used is not None:
            return chat if used.state == "waits" else await _won_before(account.id, chat.id)
        return await _decided(house, chat, account.id, recognising.mark_of(house, chat.brand_id, device))
    except ClaimRefused as refused:
        await refuse(account.id, chat_id, refused)
        raise


async def refuse(expert: int, chat_id: int, refused: ClaimRefused) -> None:
    """Counts a claim that came to nothing, and writes down why one lost."""
    metrics.CLAIMS[refused.code] += 1
    if refused.code == "taken":
        await _lost(expert, chat_id)


async def _judged(account: Account, chat_id: int) -> tuple[Chat, Candidate | None]:
    """The chat, and this expert as one who may claim it; nobody if they have done so."""
    chat = await Chat.get_or_none(id=chat_id).select_related("brand", "topic")
    if chat is None:
        raise NotThere
    if chat.expert_id == account.id and chat.status == Status.LIVE:
        return chat, None
    try:
        candidate = await qualifying.candidate_of(account.id, chat.brand_id, chat.language)
    except DoesNotExist:
        raise NotThere from None
    refusal = judge(chat.need(), candidate)
    if refusal is Refusal.FOREIGN:
        raise NotThere
    if refusal is Refusal.TAKEN or (chat.need().waits and chat.expires_at <= datetime.now(UTC)):
        raise too_late(chat)
    if await excluding.excluded([account.id], chat.brand_id):
        raise ClaimRefused("blocked")
    if refusal is not None:
        raise ClaimRefused(refusal)
    if (await offering.hearing([chat], [account.id])).why(chat, account.id) is None:
        raise ClaimRefused("not_offered")
    if await recruiting.owes_acceptance(account.id, chat.brand_id):
        raise ClaimRefused("terms_first")
    return chat, candidate


async def _token(house: House, chat: Chat, candidate: Candidate, card: Any, key: Any) -> Ticket | None:
    """What this token was turned in for, if it was. Raises ClaimRefused where it does not open the chat."""
    if not card and not key:
        raise ClaimRefused("token_missing")
    halves = ((card, chat.card), (key, house.claim_key(candidate.expert)))
    if not all(isinstance(given, str) and hmac.compare_digest(given.encode(), own.encode()) for given, own in halves):
        raise ClaimRefused("token_foreign")
    used = await _of(chat, candidate.expert).exclude(state="refused").first()
    if used is not None and used.state == "lost":
        raise ClaimRefused("token_used")
    if used is None and await _too_many(house, candidate):
        raise ClaimRefused("too_many_claims")
    return used


async def _too_many(house: House, candidate: Candidate) -> bool:
    seconds = house.settings.claim_seconds
    if not seconds:
        return False
    now = datetime.now(UTC)
    since = {"expert_id": candidate.expert, "at__gt": now - timedelta(seconds=seconds)}
    earlier = [row["at"] for row in await Ticket.filter(**since).exclude(state="refused").values("at")]
    earlier += [row["at"] for row in await Reply.filter(**since, what="lost").values("at")]
    return claims.too_many((at.timestamp() for at in earlier), candidate.capacity, now.timestamp(), seconds)


async def _decided(house: House, chat: Chat, expert: int, mark: str | None) -> Chat:
    """At once, or after a while in which others may come: then the claim is laid down."""
    made = await claim_of(chat, expert, datetime.now(UTC))
    chosen = offering.policy_of(chat.brand)
    policy = replace(chosen, park=min(chosen.park, house.settings.park_seconds))
    seconds = rings.wait(policy, last=chat.open_to_all, prompt=made.prompt)
    if not seconds:
        return await win(house, chat, made, mark)
    found = await qualifying.candidates(house, chat, [expert])
    score = rings.score(found[0], policy) if found else 0.0
    return await _lay_down(chat, made, score, timedelta(seconds=seconds), mark)


@unit_of_work
async def _lay_down(chat: Chat, made: Claim, score: float, wait: timedelta, mark: str | None) -> Chat:
    due = datetime.fromtimestamp(made.at, UTC) + wait
    waiting = Chat.filter(id=chat.id, status=Status.WAITING, returned=chat.returned)
    if not await waiting.filter(Q(settles_at=None) | Q(settles_at__gt=due)).update(settles_at=due) and (
        not await waiting.select_for_update().first()
    ):
        return await _won_before(made.expert, chat.id)
    if not await _of(chat, made.expert).exclude(state="refused").exists():
        await _turn_in(chat, made, "waits", score, mark)
    return chat


async def _turn_in(chat: Chat, made: Claim, state: str, score: float = 0.0, mark: str | None = None) -> None:
    """The card works once: the database refuses the second of two at once. One that was refused for the expert's own
    reason is as if it had never been turned in."""
    at, heard_at = (datetime.fromtimestamp(one, UTC) for one in (made.at, made.delivered))
    anew = {"state": state, "refused": None, "score": score, "at": at, "heard_at": heard_at, "mark": mark}
    if await _of(chat, made.expert).filter(state="refused").update(**anew):
        return
    ticket = Ticket(chat_id=chat.id, returned=chat.returned, expert_id=made.expert, score=score, state=state)
    ticket.at, ticket.heard_at, ticket.mark = at, heard_at, mark
    try:
        await ticket.save()
    except IntegrityError:
        raise ClaimRefused("token_used") from None


def too_late(chat: Chat) -> ClaimRefused:
    """Taken by another, or gone for another reason: the words differ."""
    return ClaimRefused("taken" if chat.status in (Status.LIVE, Status.ENDED) else "gone")


@unit_of_work
async def win(house: House, chat: Chat, made: Claim, mark: str | None = None) -> Chat:
    """This claim has the chat, unless another was first or its expert may not any more; `made` may have waited."""
    now = datetime.now(UTC)
    reply = offering.policy_of(chat.brand).reply
    won = await Chat.filter(
        id=chat.id, status=Status.WAITING, returned=chat.returned, card=chat.card, expires_at__gt=now
    ).update(
        status=Status.LIVE,
        expert_id=made.expert,
        claimed_at=now,
        said_at=now,
        settles_at=None,
        reply_due_at=now + timedelta(seconds=reply) if reply else None,
    )
    if not won:
        return await _won_before(made.expert, chat.id)
    # The chat's row first, then the expert's: every flow locks in this order, so none can wait in a circle.
    await _take_a_place(chat, made.expert, now)
    waited = _of(chat, made.expert).filter(state="waits")
    laid = await waited.first()
    if laid is None:
        await _turn_in(chat, made, "won")
    else:
        await waited.update(state="won", mark=None)
    await recognising.note(chat.brand_id, chat.id, recognising.EXPERT, laid.mark if laid else mark)
    await offering.close(chat.id, "claimed")
    await write_down(chat.id, "won", made)
    for ticket in await _others(chat, made.expert):
        lost = Claim(ticket.expert_id, ticket.heard_at.timestamp(), ticket.at.timestamp())
        await write_down(chat.id, "lost", lost, behind_ms=lost_by(lost, made))
    after_commit(lambda: _announce(house, chat.id))
    return await Chat.get(id=chat.id)


async def give_up(chat: Chat, expert: int, refused: ClaimRefused) -> None:
    """A claim that waited cannot be had: whoever waits for the outcome is told why, by any process."""
    why = {"state": "lost"} if refused.code in TOO_LATE else {"state": "refused", "refused": refused.code}
    await _of(chat, expert).filter(state="waits").update(**why, mark=None)


async def refused_why(chat: Chat, expert: int) -> ClaimRefused | None:
    """The expert's own reason, for which their claim that waited was refused."""
    found = await _of(chat, expert).filter(state="refused").first()
    return ClaimRefused(found.refused) if found is not None and found.refused else None


def _of(chat: Chat, expert: int) -> QuerySet[Ticket]:
    return Ticket.filter(chat_id=chat.id, returned=chat.returned, expert_id=expert)


async def _others(chat: Chat, expert: int) -> list[Ticket]:
    """Those whose claims waited and are decided now."""
    waited = Ticket.filter(chat_id=chat.id, returned=chat.returned, state="waits").exclude(expert_id=expert)
    found = await waited
    await waited.update(state="lost", mark=None)
    return found


async def _take_a_place(chat: Chat, expert: int, now: datetime) -> None:
    """One more live chat for this expert. Raises ClaimRefused where they may not have it any more."""
    standing = await Standing.get_or_none(expert_id=expert, brand_id=chat.brand_id)
    allowed = standing.capacity if standing else NEWCOMER_CAPACITY
    here = Expert.filter(Q(rests_until=None) | Q(rests_until__lte=now), account_id=expert, available=True)
    free = here.filter(Q(live__lt=F("capacity")) & Q(live__lt=allowed))
    if not await free.update(live=F("live") + 1, seen_at=now):
        found = await Expert.get(account_id=expert)
        raise ClaimRefused("resting" if found.resting else "full" if found.available else "paused_self")
    if standing is not None and await Standing.filter(id=standing.id, state__in=SHUT).exists():
        raise ClaimRefused("paused_gate")
    if await excluding.excluded([expert], chat.brand_id):
        raise ClaimRefused("blocked")


async def _lost(expert: int, chat_id: int) -> None:
    """Why a claim lost: by how many milliseconds, and never to whom."""
    now = datetime.now(UTC)
    chat = await Chat.get(id=chat_id)
    if chat.claimed_at is None or chat.expert_id in (None, expert) or now - chat.claimed_at > LOST_WITHIN:
        return
    if await offering.was_offered(chat, expert):
        won = await claim_of(chat, chat.expert_id or 0, chat.claimed_at)
        lost = await claim_of(chat, expert, now)
        await write_down(chat_id, "lost", lost, behind_ms=lost_by(lost, won))


async def claim_of(chat: Chat, expert_id: int, at: datetime) -> Claim:
    """Counted from the first ring in which they heard; the open one, which everyone hears, is the last."""
    offers = await Offer.filter(chat_id=chat.id, number__gt=chat.ring_before).order_by("number")
    heard = [offer.made_at.timestamp() for offer in offers if offer.open or str(expert_id) in offer.seats]
    return Claim(expert_id, heard[0] if heard else 0.0, at.timestamp())


@unit_of_work
async def write_down(chat_id: int, what: str, claim: Claim, behind_ms: int | None = None) -> None:
    """Once for each chat and expert: whoever presses again is told again, and no more is written."""
    at = datetime.fromtimestamp(claim.at, UTC)
    reply = Reply(chat_id=chat_id, expert_id=claim.expert, what=what, behind_ms=behind_ms, prompt=claim.prompt, at=at)
    await Reply.bulk_create([reply], ignore_conflicts=True)


async def _won_before(expert: int, chat_id: int) -> Chat:
    """Pressed twice at once, the second of the two has won all the same."""
    chat = await Chat.get(id=chat_id)
    if chat.expert_id != expert or chat.status != Status.LIVE:
        raise too_late(chat)
    return chat


async def _announce(house: House, chat_id: int) -> None:
    metrics.CLAIMS["won"] += 1
    chat = await showing.chat_whole(chat_id)
    await showing.tell_room(house, chat)
    await offering.take_back(house, chat, "claimed")
    await showing.tell_board(house, chat)
    if chat.expert:
        await offering.refresh(house, chat.expert.id)
