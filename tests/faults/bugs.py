"""Bugs planted on purpose into a real server process, to see whether the checker finds them.

`python -m tests.faults.bugs NAME serve --port N` replaces one function of the product and then runs its own command:
the product has no hooks for this. Each plant is one small function; `SCENES` says what brings the bug to light and
which invariants must find it.
"""

import asyncio
import inspect
import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from chatmarket import __main__, sockets
from chatmarket.flows import claiming, ending, paying, rating, resuming, showing, talking
from chatmarket.flows.committing import Kept, Withheld
from chatmarket.models import Chat, Expert, Status
from chatmarket.store import StoreBusy, after_commit, unit_of_work
from realtime.survey import Surveyor
from realtime.switchboard import Switchboard

READING = resuming  # the module whose catch_up says what somebody missed

Plant = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Bug:
    """`found_by`: the invariants of which at least one must be broken. `needs`: the fault that shows it, if any."""

    plant: Plant
    found_by: tuple[str, ...]
    needs: str = ""
    webs: int = 1
    ends: bool = True
    about: str = "send"  # the deed of which the scene must have seen some

    @property
    def says(self) -> str:
        return (self.plant.__doc__ or "").strip().rstrip(".")


# -- what is acknowledged


def ack_before_commit() -> None:
    """A message is acknowledged first and kept a second later."""
    kept, waiting = talking.say, Counter[int]()

    async def say(house: Any, seat: Any, cid: str, text: str) -> Any:
        waiting[seat.chat] += 1
        seq = (await Chat.get(id=seat.chat)).seq + waiting[seat.chat]

        async def later() -> None:
            await asyncio.sleep(1.0)
            waiting[seat.chat] -= 1
            await kept(house, seat, cid, text)

        _forget(later())
        return talking.Ack(cid, seq, datetime.now(UTC), ())

    talking.say = say


def own_numbers() -> None:
    """Each process counts a chat's messages by itself instead of asking the database."""
    kept, counts = talking.say, Counter[int]()

    async def say(house: Any, seat: Any, cid: str, text: str) -> Any:
        ack = await kept(house, seat, cid, text)
        counts[seat.chat] += 1
        return replace(ack, seq=counts[seat.chat])

    talking.say = say


def same_words_same_message() -> None:
    """Duplicates are recognised by their words instead of by their cid."""
    kept, said = talking.say, {}

    async def say(house: Any, seat: Any, cid: str, text: str) -> Any:
        key = (seat.chat, seat.audience, text)
        if key not in said:
            said[key] = await kept(house, seat, cid, text)
        return replace(said[key], cid=cid)

    talking.say = say


def kept_but_refused() -> None:
    """Every fifth message is kept, and its sender told that it was not."""
    kept, count = talking.say, Counter[str]()

    async def say(house: Any, seat: Any, cid: str, text: str) -> Any:
        ack = await kept(house, seat, cid, text)
        count["said"] += 1
        if count["said"] % 5 == 0:
            raise Withheld
        return ack

    talking.say = say


def any_words_for_a_cid() -> None:
    """A known cid is acknowledged whatever its words are."""
    kept, acks = talking.say, {}

    async def say(house: Any, seat: Any, cid: str, text: str) -> Any:
        try:
            acks[cid] = await kept(house, seat, cid, text)
        except talking.CidReused:
            if cid not in acks:
                raise
        return acks[cid]

    talking.say = say


def overtaking() -> None:
    """Frames of one connection are worked on at the same time."""
    hear = sockets._Room.hear

    async def heard(self: Any, connection: Any, said: dict[str, Any]) -> None:
        async def later() -> None:
            await asyncio.sleep(random.uniform(0, 0.3))
            await hear(self, connection, said)

        if said.get("type") == "send":
            _forget(later())
        else:
            await hear(self, connection, said)

    sockets._Room.hear = heard  # type: ignore[method-assign]


# -- what is delivered


def told_before_commit() -> None:
    """Every third message is published first; then its transaction is rolled back and its sender must try again."""
    kept, tried = talking.say, Counter[str]()

    async def say(house: Any, seat: Any, cid: str, text: str) -> Any:
        tried[cid] += 1
        if hash(cid) % 3 == 0 and tried[cid] == 1:
            chat = await Chat.get(id=seat.chat)
            message = Kept(chat.id, chat.seq + 1, seat.audience, cid, datetime.now(UTC), [{"text": text}], ())
            for audience in ("customer", "expert", "staff"):
                told = showing.message_frame(message, "en")
                _forget(house.switchboard.publish(told, f"room:{chat.id}:{audience}:en", seq=message.seq))
            raise StoreBusy("rolled back")
        return await kept(house, seat, cid, text)

    talking.say = say


def resumed_too_late() -> None:
    """Who resumes is given what comes after the message that they missed first."""
    _change(READING, "catch_up", after=lambda after: after + 1)


def repeated_after_resume() -> None:
    """Who resumes is given the last message that they have once more."""
    catch_up = READING.catch_up
    place = list(inspect.signature(catch_up).parameters).index("after")

    async def again(*args: Any) -> Any:
        missed = await catch_up(*args)
        if args[place] > 0:
            earlier = await catch_up(*args[:place], args[place] - 1, *args[place + 1 :])
            return replace(missed, before=[*missed.before, earlier.messages[0][1]])
        return missed

    READING.catch_up = again


def told_twice() -> None:
    """Every fourth message is published a second time, without its number."""
    publish = Switchboard.publish

    def twice(self: Any, frame: str, *channels: str, seq: int | None = None) -> Any:
        if seq is not None and seq % 4 == 0:
            _forget(publish(self, frame, *channels))
        return publish(self, frame, *channels, seq=seq)

    Switchboard.publish = twice  # type: ignore[method-assign]


def one_side_forgotten() -> None:
    """No message is published to the customer, and no survey is made."""
    publish = Switchboard.publish
    _no_surveys()

    def partly(self: Any, frame: str, *channels: str, seq: int | None = None) -> Any:
        others = [name for name in channels if seq is None or ":customer:" not in name]
        return publish(self, frame, *others, seq=seq)

    Switchboard.publish = partly  # type: ignore[method-assign]


def other_words() -> None:
    """Every third message is published with its words cut short."""
    message_frame = showing.message_frame

    def shortened(message: Any, language: str) -> str:
        told = message_frame(message, language)
        return told.replace("button a little longer", "button") if message.seq % 3 == 0 else told

    showing.message_frame = shortened


def deafness_forgotten() -> None:
    """Who could not hear the bus does not read what was missed meanwhile."""
    _no_surveys()
    Switchboard._doubt_all = lambda self: None  # type: ignore[method-assign]


def _no_surveys() -> None:
    async def nobody_asked(self: Any, *_: Any) -> bool:
        return True

    Surveyor._all_asked = nobody_asked  # type: ignore[method-assign]


def end_untold() -> None:
    """Nobody in the room is told that the chat has ended."""
    tell_room = showing.tell_room

    async def quietly(house: Any, chat: Any) -> None:
        if chat.status != Status.ENDED:
            await tell_room(house, chat)

    showing.tell_room = quietly


# -- claims, places, money, answers


def claim_without_condition() -> None:
    """A claim reads whether the chat waits, and then takes it, in two steps."""

    @unit_of_work
    async def claim(house: Any, chat: Any, made: Any, mark: Any = None) -> Any:
        await asyncio.sleep(0.05)
        now = datetime.now(UTC)
        await Chat.filter(id=chat.id).update(status=Status.LIVE, expert_id=made.expert, claimed_at=now, said_at=now)
        after_commit(lambda: claiming._announce(house, chat.id))
        return await Chat.get(id=chat.id)

    claiming.win = claim


def places_never_freed() -> None:
    """The end of a chat does not give its expert the place back."""
    end = ending._end

    async def kept(house: Any, chat_id: int, *args: Any) -> Any:
        chat = await Chat.get(id=chat_id)
        before = await Expert.get(account_id=chat.expert_id)
        answer = await end(house, chat_id, *args)
        await Expert.filter(account_id=chat.expert_id).update(live=before.live + 1)
        return answer

    ending._end = kept  # type: ignore[assignment]


def paid_again() -> None:
    """A verdict that is given twice is paid twice."""
    rate = rating.rate

    @unit_of_work
    async def pay(chat: Chat) -> None:
        create = paying.Entry.create
        paying.Entry.create = lambda **given: create(**given | {"key": f"{given['key']}:again"})  # type: ignore[assignment]
        try:
            await paying.pay_reward(chat)
        finally:
            paying.Entry.create = create  # type: ignore[method-assign]

    async def rated(house: Any, chat_id: int, resolved: Any, *rest: Any) -> None:
        try:
            await rate(house, chat_id, resolved, *rest)
        except rating.RatedBefore:
            if resolved:
                await pay(await Chat.get(id=chat_id))

    rating.rate = rated


def a_cent_too_much() -> None:
    """The fee is rounded up on its own."""
    split = paying.split
    paying.split = lambda reward: (split(reward)[0], split(reward)[1] + 1)  # type: ignore[assignment]


def verdict_fails() -> None:
    """Every verdict ends in an error of the server."""

    async def rate(*args: Any) -> None:
        raise KeyError("stars")

    rating.rate = rate


BUGS: dict[str, Bug] = {
    bug.plant.__name__: bug
    for bug in (
        Bug(ack_before_commit, ("acked_is_kept",), needs="kill"),
        Bug(own_numbers, ("acked_is_kept",)),
        Bug(same_words_same_message, ("acked_is_kept",)),
        Bug(kept_but_refused, ("acked_is_kept",)),
        Bug(any_words_for_a_cid, ("nothing_is_forged",), about="rate"),
        Bug(overtaking, ("order_is_kept",)),
        Bug(told_before_commit, ("everyone_reads_the_same",)),
        Bug(resumed_too_late, ("no_gap_and_no_repeat",)),
        Bug(repeated_after_resume, ("no_gap_and_no_repeat",), needs="flaps"),
        Bug(told_twice, ("no_gap_and_no_repeat",)),
        Bug(one_side_forgotten, ("nobody_stays_behind",), ends=False),
        Bug(other_words, ("everyone_reads_the_same",)),
        Bug(deafness_forgotten, ("nobody_stays_behind",), needs="deafness", webs=2, ends=False),
        Bug(end_untold, ("everyone_is_told_the_end",), about="end"),
        Bug(claim_without_condition, ("one_winner",), about="claim"),
        Bug(places_never_freed, ("places_are_counted",), about="end"),
        Bug(paid_again, ("paid_once",), about="rate"),
        Bug(a_cent_too_much, ("the_ledger_balances",), about="rate"),
        Bug(verdict_fails, ("no_server_error",), about="rate"),
    )
}


def _change(module: Any, name: str, **changes: Callable[[Any], Any]) -> None:
    """Replace a coroutine function by itself with some of its arguments changed."""
    function = getattr(module, name)
    signature = inspect.signature(function)

    async def changed(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        for argument, change in changes.items():
            bound.arguments[argument] = change(bound.arguments[argument])
        return await function(*bound.args, **bound.kwargs)

    setattr(module, name, changed)


_kept_alive: set[Any] = set()


def _forget(work: Any) -> None:
    """Run it beside everything, if there is anything to run."""
    if inspect.isawaitable(work):
        task = asyncio.ensure_future(work)
        _kept_alive.add(task)
        task.add_done_callback(_kept_alive.discard)


if __name__ == "__main__":
    BUGS[sys.argv[1]].plant()
    sys.exit(__main__.main(sys.argv[2:]))
