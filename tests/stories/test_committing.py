"""Messages of many chats share a statement and a commit: in order, none twice, and nobody waits for another's lock."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

from chatmarket.client import Message, Unsent
from chatmarket.flows import committing, showing, talking, vaulting
from chatmarket.flows.committing import Fate, Kept, Saying
from chatmarket.flows.talking import Seat
from chatmarket.house import House
from chatmarket.models import Chat, VaultValue
from chatmarket.models import Message as Row
from chatmarket.privacy.segments import plain
from chatmarket.privacy.vault import Unreadable
from chatmarket.store import rows
from tests.cast import Cast, Customer, Person, Shop
from tests.serving import Town
from tests.stories.listening import bare, eventually, heard


async def _chats(cast: Cast, many: int, at: str | None = None) -> list[tuple[Customer, Person]]:
    shop: Shop = await cast.brand()
    pairs = []
    for _ in range(many):
        ida = await cast.expert(shop, at=at)
        pairs.append((await cast.live(shop, ida), ida))
    return pairs


def _saying(chat: int, cid: str, text: str = "hello", expert: Person | None = None) -> Saying:
    author, account = ("expert", expert.id) if expert else ("customer", 0)
    return Saying(chat, author, account, cid, text, datetime.now(UTC))


async def _commit(house: House, *sayings: Saying) -> Sequence[object]:
    for saying in sayings:
        await _opened(house, saying.chat)
    return await committing.commit(house.vaults, sayings)


async def _opened(house: House, chat: int) -> None:
    if house.vaults.get(chat) is None:
        await talking._open(house, chat)


async def _texts(chat: int) -> list[tuple[int, str, object]]:
    kept = await Row.filter(chat_id=chat).order_by("seq").values_list("seq", "author", "segments")
    return [(seq, author, segments[0].get("text")) for seq, author, segments in kept]


async def test_a_batch_gives_each_chat_its_own_numbers_in_the_order_of_arrival(cast: Cast, town: Town) -> None:
    (ana, ida), (ben, ina) = await _chats(cast, 2)
    outcomes = await _commit(
        town.house,
        _saying(ana.chat, "1", "yes"),
        _saying(ben.chat, "1", "no", ina),
        _saying(ana.chat, "1", "why", ida),
        _saying(ben.chat, "1", "perhaps"),
        _saying(ana.chat, "2", "so"),
    )
    assert [(one.chat, one.seq) for one in outcomes if isinstance(one, Kept)] == [
        (ana.chat, 2),
        (ben.chat, 2),
        (ana.chat, 3),
        (ben.chat, 3),
        (ana.chat, 4),
    ]
    assert (await _texts(ana.chat))[1:] == [(2, "customer", "yes"), (3, "expert", "why"), (4, "customer", "so")]
    assert (await _texts(ben.chat))[1:] == [(2, "expert", "no"), (3, "customer", "perhaps")]
    assert [chat.seq for chat in await Chat.filter(id__in=[ana.chat, ben.chat]).order_by("id")] == [4, 3]


async def test_one_refused_message_takes_no_number_and_stops_no_other(cast: Cast, town: Town) -> None:
    (ana, ida), (ben, ina), (eva, _) = await _chats(cast, 3)
    await eva.end()
    await _commit(town.house, _saying(ana.chat, "old"))
    outcomes = await _commit(
        town.house,
        _saying(ana.chat, "old"),
        _saying(eva.chat, "1"),
        _saying(ben.chat, "1", expert=ida),
        _saying(ana.chat, "1", "still kept"),
        _saying(ben.chat, "2", expert=ina),
    )
    assert outcomes[:3] == [Fate.KNOWN, Fate.NOT_LIVE, Fate.NOT_YOURS]
    assert [one.seq for one in outcomes[3:] if isinstance(one, Kept)] == [3, 2]
    assert [await Row.filter(chat_id=chat.chat).count() for chat in (ana, ben, eva)] == [3, 2, 1]


async def test_a_message_masked_without_knowing_what_another_process_learnt_is_masked_again(
    cast: Cast, town: Town
) -> None:
    ((ana, _),) = await _chats(cast, 1)
    here, there = town.houses
    for house in town.houses:
        await _opened(house, ana.chat)
    await _one(await _commit(here, _saying(ana.chat, "1", "I am ana@example.com")))
    assert await _commit(there, _saying(ana.chat, "2", "ana@example.com again, and ben@example.com")) == [Fate.STALE]
    assert there.vaults.get(ana.chat) is None and await Row.filter(chat_id=ana.chat).count() == 2
    ack = await talking.say(there, Seat(ana.chat, "customer", "en"), "2", "ana@example.com again, and ben@example.com")
    assert (ack.seq, ack.hidden) == (3, ("email",))
    assert (await Row.get(chat_id=ana.chat, seq=3)).segments[0] == {"token": "email", "n": 1}
    assert (await Chat.get(id=ana.chat)).hidden == await VaultValue.filter(chat_id=ana.chat).count() == 2


async def _one(outcomes: Sequence[object]) -> Kept:
    (kept,) = outcomes
    assert isinstance(kept, Kept)
    return kept


async def test_of_two_messages_in_one_batch_the_second_knows_what_the_first_brings(cast: Cast, town: Town) -> None:
    ((ana, _),) = await _chats(cast, 1)
    outcomes = await _commit(
        town.house,
        _saying(ana.chat, "1", "a@example.com"),
        _saying(ana.chat, "2", "b@example.com"),
        _saying(ana.chat, "3", "A@example.com it is"),
    )
    tokens = [one.segments[0] for one in outcomes if isinstance(one, Kept)]
    assert tokens == [{"token": "email", "n": 1}, {"token": "email", "n": 2}, {"token": "email", "n": 1}]
    assert (await Chat.get(id=ana.chat)).hidden == getattr(town.house.vaults.get(ana.chat), "version", None)
    assert await VaultValue.filter(chat_id=ana.chat).count() == 2


async def test_what_rests_on_a_message_that_was_not_kept_is_masked_again(cast: Cast, town: Town) -> None:
    ((ana, _),) = await _chats(cast, 1)
    stranger = await cast.expert(await cast.brand())
    outcomes = await _commit(
        town.house,
        _saying(ana.chat, "1", "a@example.com", stranger),
        _saying(ana.chat, "1", "or b@example.com"),
    )
    assert outcomes == [Fate.NOT_YOURS, Fate.STALE]
    (kept,) = await _commit(town.house, _saying(ana.chat, "1", "or b@example.com"))
    assert isinstance(kept, Kept) and kept.segments[1] == {"token": "email", "n": 1}


async def test_what_gives_something_away_in_a_message_of_its_own_batch_comes_with_the_next(
    cast: Cast, town: Town
) -> None:
    ((ana, _),) = await _chats(cast, 1)
    first, second = "my number is 612", "345678"
    outcomes = await _commit(town.house, _saying(ana.chat, "1", first), _saying(ana.chat, "2", second))
    assert isinstance(outcomes[0], Kept) and outcomes[1] is Fate.STALE
    (kept,) = await _commit(town.house, _saying(ana.chat, "2", second))
    assert isinstance(kept, Kept) and [edit.seq for edit in kept.edits] == [2]
    assert (await Row.get(chat_id=ana.chat, seq=2)).amended == 3


async def test_the_same_cid_twice_in_one_batch_is_one_message(cast: Cast, town: Town) -> None:
    ((ana, _),) = await _chats(cast, 1)
    seat = Seat(ana.chat, "customer", "en")
    acks = await asyncio.gather(*(talking.say(town.house, seat, "same", "only once") for _ in range(5)))
    assert {(ack.seq, ack.at) for ack in acks} == {(2, acks[0].at)}
    assert await Row.filter(chat_id=ana.chat).count() == 2


async def test_messages_of_many_rooms_share_commits(cast: Cast, town: Town) -> None:
    pairs = await _chats(cast, 12)
    before = town.house.commits.batches, town.house.commits.done
    seats = [Seat(ana.chat, "customer", "en") for ana, _ in pairs]
    seats += [Seat(ana.chat, "expert", "en", ida.id) for ana, ida in pairs]
    await asyncio.gather(*(talking.say(town.house, seat, f"{n}", f"line {n}") for seat in seats for n in range(5)))
    batches, done = (now - then for now, then in zip(_counted(town.house), before, strict=True))
    assert done >= 120 and batches < done / 4
    for ana, _ in pairs:
        assert [seq for seq, _, _ in await _texts(ana.chat)] == list(range(1, 12))


def _counted(house: House) -> tuple[int, int]:
    return house.commits.batches, house.commits.done


@pytest.mark.only("postgres")
async def test_a_chat_whose_row_is_held_costs_the_others_nothing_and_its_own_message_comes_after(
    cast: Cast, town: Town
) -> None:
    (ana, _), (ben, _) = await _chats(cast, 2)
    async with in_transaction("default"):
        await rows("SELECT id FROM chat WHERE id = ? FOR UPDATE", ana.chat)
        held = asyncio.create_task(talking.say(town.houses[1], Seat(ana.chat, "customer", "en"), "1", "held"))
        async with asyncio.timeout(2):
            assert (await talking.say(town.houses[1], Seat(ben.chat, "customer", "en"), "1", "free")).seq == 2
        await asyncio.sleep(0.05)
        assert not held.done()
    assert (await held).seq == 2


@pytest.mark.only("postgres")
async def test_a_chat_that_stays_locked_is_answered_retry_and_nothing_is_lost(
    cast: Cast, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talking, "PATIENCE_S", 0.3)
    ((ana, _),) = await _chats(cast, 1)
    async with bare(ana.url + f"/chats/{ana.chat}/live", ana.token) as socket:
        await socket.hears("hello")
        async with in_transaction("default"):
            await rows("SELECT id FROM chat WHERE id = ? FOR UPDATE", ana.chat)
            await socket.say("send", cid="c-1", text="patience")
            assert (await socket.hears("error", cid="c-1"))["code"] == "retry"
        assert (await socket.send("c-1", "patience"))["seq"] == 2


async def test_a_batch_that_the_database_refuses_forgets_the_open_vaults_and_may_be_said_again(
    cast: Cast, town: Town
) -> None:
    ((ana, _),) = await _chats(cast, 1)
    seat = Seat(ana.chat, "customer", "en")
    await talking.say(town.house, seat, "1", "I am ana@example.com")
    await rows("ALTER TABLE vaultvalue RENAME TO elsewhere")
    try:
        with pytest.raises(OperationalError):
            await talking.say(town.house, seat, "2", "and ben@example.com")
    finally:
        await rows("ALTER TABLE elsewhere RENAME TO vaultvalue")
    assert town.house.vaults.get(ana.chat) is None and await Row.filter(chat_id=ana.chat).count() == 2
    ack = await talking.say(town.house, seat, "2", "and ben@example.com")
    assert (ack.seq, ack.hidden) == (3, ("email",))


async def test_two_tabs_on_two_servers_learn_of_each_others_values(cast: Cast) -> None:
    ((ana, _),) = await _chats(cast, 1, at=cast.there)
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(ana.room())
        there = await stack.enter_async_context(ana.room(at=cast.there))
        for n in range(6):
            await asyncio.gather(here.send(f"mine: a{n}@example.com"), there.send(f"yours: b{n}@example.com"))
        told = [(await heard(here, Message)).segments for _ in range(13)]
    tokens = [part.n for segments in told for part in segments if part.n]
    assert sorted(tokens) == list(range(1, 13))


async def test_a_chat_holds_only_so_many_values_and_says_so(cast: Cast, town: Town) -> None:
    ((ana, _),) = await _chats(cast, 1)
    full = vaulting.TooManyValues.code
    most = town.house.settings.vault_values
    # A message of more than a hundred values is one value: these are a few messages of fewer.
    text = " ".join(f"u{n}@example.com" for n in range(most // 3 + 1))
    async with ana.room() as room:
        await room.send(text)
        await room.send(text.replace("u", "v"))
        with pytest.raises(Unsent, match=full):
            await room.send(text.replace("u", "w"))
        assert (await room.send("without any")).seq == 4


async def test_whatever_number_a_chats_row_has_the_next_message_is_kept(cast: Cast, town: Town) -> None:
    ((ana, _),) = await _chats(cast, 1)
    seat = Seat(ana.chat, "customer", "en")
    await talking.say(town.house, seat, "1", "I am ana@example.com")
    # As a process of the version before leaves it, which counts values.
    await Chat.filter(id=ana.chat).update(hidden=7)
    assert (await talking.say(town.house, seat, "2", "still me")).seq == 3
    assert (await Chat.get(id=ana.chat)).hidden == 7


@pytest.mark.logs_errors
async def test_a_message_that_cannot_be_shown_stops_no_other_and_is_read_by_those_in_the_room(
    cast: Cast, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ana, ida), (ben, _) = await _chats(cast, 2)
    shown = showing.message_frame

    def fails_once(kept: Kept, language: str) -> str:
        if kept.chat == ana.chat and kept.seq == 2 and not failed:
            failed.append(kept)
            raise ZeroDivisionError
        return shown(kept, language)

    failed: list[Kept] = []
    async with ida.room(ana.chat) as expert:
        await heard(expert, Message, seq=1)
        monkeypatch.setattr(showing, "message_frame", fails_once)
        seats = [Seat(chat.chat, "customer", "en") for chat in (ana, ben)]
        acks = await asyncio.gather(*(talking.say(town.house, seat, "1", "hello") for seat in seats))
        assert [ack.seq for ack in acks] == [2, 2] and failed
        assert (await heard(expert, Message)).seq == 2


async def test_a_message_whose_first_answer_was_lost_is_told_when_it_is_said_again(cast: Cast, town: Town) -> None:
    ((ana, ida),) = await _chats(cast, 1)
    async with ida.room(ana.chat) as expert:
        await heard(expert, Message, seq=1)
        await _one(await _commit(town.house, _saying(ana.chat, "lost", "did you get this?")))  # kept, and never told
        assert (await talking.say(town.house, Seat(ana.chat, "customer", "en"), "lost", "did you get this?")).seq == 2
        async with asyncio.timeout(3):  # long before the next survey
            assert (await heard(expert, Message)).seq == 2


async def test_a_vault_is_closed_with_its_chat(cast: Cast, town: Town) -> None:
    ((ana, _),) = await _chats(cast, 1)
    await talking.say(town.house, Seat(ana.chat, "customer", "en"), "1", "I am ana@example.com")
    assert town.house.vaults.get(ana.chat) is not None
    await ana.end()
    await eventually(lambda: _closed(town.house, ana.chat))


async def _closed(house: House, chat: int) -> bool:
    return house.vaults.get(chat) is None


async def test_several_of_one_batch_that_give_away_the_question_all_mask_it_and_no_stranger_notices(
    cast: Cast, town: Town
) -> None:
    shop = await cast.brand()
    ida, ina = await cast.expert(shop), await cast.expert(shop)
    ana = await cast.live(shop, ida, "zoraida, quetzal and xilonen have the same lamp")
    ben = await cast.live(shop, ina, "quetzal broke it")
    names = ("Zoraida", "Quetzal", "Xilonen")
    outcomes = await _commit(
        town.house,
        _saying(ben.chat, "1", "a stranger"),
        *(_saying(ana.chat, name, f"my name is {name}") for name in names),
        _saying(ben.chat, "2", "another word"),
    )
    assert [one.seq for one in outcomes if isinstance(one, Kept)] == [2, 2, 3, 4, 3]
    assert sum(bool(one.edits) for one in outcomes if isinstance(one, Kept)) > 1, "the story needs several corrections"
    kept = await Row.filter(chat_id=ana.chat).order_by("seq")
    chat = await Chat.get(id=ana.chat)
    assert [part.get("token") for part in kept[0].segments] == ["name", None, "name", None, "name", None]
    assert chat.question == kept[0].segments and kept[0].amended == 4
    assert not any(name.lower() in str(row.segments).lower() for row in kept for name in names)
    assert (chat.seq, chat.hidden) == (4, getattr(town.house.vaults.get(ana.chat), "version", None))
    assert (await Chat.get(id=ben.chat)).question == [{"text": "quetzal broke it"}]
    assert (await _texts(ben.chat))[1:] == [(2, "customer", "a stranger"), (3, "customer", "another word")]


async def test_what_the_database_cannot_take_is_refused_alone(cast: Cast, town: Town) -> None:
    (ana, _), (ben, _) = await _chats(cast, 2)
    outcomes = await _commit(
        town.house, _saying(ben.chat, "1", "before"), _saying(ana.chat, "\ud800"), _saying(ben.chat, "2", "after")
    )
    assert [one.seq for one in outcomes if isinstance(one, Kept)] == [2, 3] and isinstance(outcomes[1], Exception)
    assert town.house.vaults.get(ana.chat) is None and await Row.filter(chat_id=ana.chat).count() == 1


async def test_a_vault_that_was_dropped_while_a_batch_was_kept_is_not_put_back(cast: Cast, town: Town) -> None:
    ((ana, _),) = await _chats(cast, 1)
    vaults = town.house.vaults
    await _opened(town.house, ana.chat)
    writing = asyncio.create_task(committing.commit(vaults, [_saying(ana.chat, "1", "I am ana@example.com")]))
    await asyncio.sleep(0)  # it is masked, and on its way to the database
    vaults.drop(ana.chat)
    (kept,) = await writing
    assert isinstance(kept, Kept) and vaults.get(ana.chat) is None


async def test_an_experts_own_reading_is_sealed_under_the_number_of_its_message(cast: Cast, town: Town) -> None:
    shop: Shop = await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.customer(shop, "How do I reset it?", known={"known": ["otter lodge"]})
    await ida.claim(ana)
    said = _saying(ana.chat, "1", "it blinks")
    await _commit(town.house, said)
    # What was kept already takes no number: the guess behind it would be sealed under one too high.
    guess, again = (_saying(ana.chat, cid, f"is it otter lodge, or {cid} lodge?", ida) for cid in ("heron", "swan"))
    known, stale = await _commit(town.house, said, guess)
    assert (known, stale) == (Fate.KNOWN, Fate.STALE)
    (kept,) = await _commit(town.house, guess)
    (after,) = await _commit(town.house, again)
    assert isinstance(kept, Kept) and isinstance(after, Kept)
    opened = await vaulting.opened(town.house, ana.chat)
    assert [turn.own and plain(turn.own, str) for turn in opened.turns[-2:]] == [guess.text, again.text]
    other = await Row.get(chat_id=ana.chat, seq=after.seq)
    await Row.filter(chat_id=ana.chat, seq=kept.seq).update(typed=other.typed)
    with pytest.raises(Unreadable):
        await vaulting.opened(town.house, ana.chat)
