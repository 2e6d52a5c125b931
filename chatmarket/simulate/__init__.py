"""Real human dialogues are played through a server: customers and experts as ordinary clients, and a report at the end.

dialogues   the file                          history   what happened, as records
stage       what the players share            report    what it means, and the table
party       one side, talking                 players   customers and experts, from offer to rating
spawned     an own server, when none is given
"""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from chatmarket.client import Api, Brand, ClientError
from chatmarket.simulate.dialogues import Dialogue, NotPlayable, choose, load
from chatmarket.simulate.history import WON, History
from chatmarket.simulate.players import Customer, Expert
from chatmarket.simulate.report import Report, judge
from chatmarket.simulate.spawned import NotStarted, own_server
from chatmarket.simulate.stage import Cast, Stage

__all__ = ["NotPlayable", "NotStarted", "Report", "SimulateOptions", "run", "simulate"]

SIGN_UPS_AT_ONCE = 4  # each costs the server a slow password hash
PROGRESS_SECONDS = 1.0
LOBBY_SECONDS = 15.0  # within which every expert should hear its first offers
DEMO_MODERATORS = {"lumen": "nora@lumen.example:chatmarket-demo"}  # of the seeds, for a server of our own


def _to_stderr(line: str) -> None:
    sys.stderr.write(line + "\n")


@dataclass(frozen=True, slots=True)
class SimulateOptions:
    """What to play, and where. `rate` is in new chats a second, `speed` divides every pause people make."""

    dialogues: Path
    chats: int = 20
    experts: int = 5
    rate: float = 5.0
    server: str | None = None  # address of a running one; None starts an own
    brand: str | None = None  # slug; None takes the first that speaks the file's language
    moderator: str | None = None  # email:password, to ask for the ledger
    seed: int = 1
    speed: float = 1.0
    accidents: float = 0.2  # share of chats in which lines are cut and messages repeated
    show: Callable[[str], None] = _to_stderr


def run(options: SimulateOptions) -> int:
    """Play, print the table, and give the exit status: 1 when something was lost, doubled, disordered or won twice."""
    try:
        found = asyncio.run(simulate(options))
    except (NotPlayable, NotStarted, ClientError) as error:
        options.show(f"simulate: {error}")
        return 2
    sys.stdout.write(found.table() + "\n")
    return found.exit_status


async def simulate(options: SimulateOptions) -> Report:
    """Play, and report. Raises NotPlayable, NotStarted, or a ClientError when the server cannot be used at all."""
    rng = Random(options.seed)  # noqa: S311  # a play, not a secret
    dialogues = load(options.dialogues)
    async with _server(options) as address, Api(address) as api:
        brand = pick(await api.brands(), dialogues, options.brand)
        playable = [dialogue for dialogue in dialogues if dialogue.language in brand.languages]
        stage = Stage(api, address, Cast(options.speed, options.accidents), rng)
        async with _progress(stage.history, options):
            await _play(stage, brand, choose(playable, options.chats, rng), options)
        await _ask_ledger(stage, _moderator(options, brand))
    return judge(stage.history)


@asynccontextmanager
async def _server(options: SimulateOptions) -> AsyncIterator[str]:
    if options.server is not None:
        yield options.server.rstrip("/")
        return
    options.show("starting a server …")
    async with own_server() as address:
        yield address


def pick(brands: tuple[Brand, ...], dialogues: list[Dialogue], slug: str | None) -> Brand:
    """The brand asked for, or the first that has topics and speaks a language of the file."""
    languages = {dialogue.language for dialogue in dialogues}
    if not languages:
        raise NotPlayable("no line of the file is a dialogue with a question and an answer")
    for brand in brands:
        if brand.topics and languages & set(brand.languages) and slug in (None, brand.slug):
            return brand
    spoken = ", ".join(sorted(languages))
    raise NotPlayable(f"the server has no brand {slug or 'with topics'} that speaks {spoken}")


def _moderator(options: SimulateOptions, brand: Brand) -> str | None:
    own = options.server is None
    return options.moderator or (DEMO_MODERATORS.get(brand.slug) if own else None)


async def _play(stage: Stage, brand: Brand, dialogues: list[Dialogue], options: SimulateOptions) -> None:
    experts = await _sign_up(stage, brand, {dialogue.language for dialogue in dialogues}, options.experts)
    lives = [asyncio.create_task(expert.live()) for expert in experts]
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(expert.ready.wait() for expert in experts)), LOBBY_SECONDS)
        await _ask_all(stage, brand, dialogues, options.rate)
    finally:
        for life in lives:
            life.cancel()
        ends = await asyncio.gather(*lives, return_exceptions=True)
        stage.history.troubles.update(f"expert: {end}" for end in ends if isinstance(end, Exception))
    for expert in experts:
        await _count_earnings(stage, expert)


async def _sign_up(stage: Stage, brand: Brand, languages: set[str], count: int) -> list[Expert]:
    """New experts of the brand, certified in nothing less than all its topics."""
    run, gate = secrets.token_hex(4), asyncio.Semaphore(SIGN_UPS_AT_ONCE)
    topics = [topic.id for topic in brand.topics]

    async def one(number: int) -> Expert:
        email, password = f"expert-{run}-{number}@simulated.example", secrets.token_urlsafe(12)
        async with gate:
            signed = await stage.patiently(
                lambda: stage.api.sign_up(
                    email,
                    password,
                    f"Expert {number}",
                    brand=brand.slug,
                    topics=topics,
                    languages=sorted(languages),
                )
            )
        return Expert(stage, signed.account.id, signed.token)

    return list(await asyncio.gather(*(one(number) for number in range(1, count + 1))))


async def _ask_all(stage: Stage, brand: Brand, dialogues: list[Dialogue], rate: float) -> None:
    """Let the customers come, `rate` a second, and wait until all have left."""
    began, tasks = stage.now(), []
    for number, dialogue in enumerate(dialogues):
        await asyncio.sleep(max(0.0, began + number / rate - stage.now()))
        customer = Customer(stage, brand.slug, stage.rng.choice(brand.topics).id)
        tasks.append(asyncio.create_task(customer.live(dialogue)))
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    stage.history.troubles.update(f"customer: {end!r}" for end in ends if isinstance(end, Exception))


async def _count_earnings(stage: Stage, expert: Expert) -> None:
    try:
        earnings = await stage.patiently(lambda: stage.api.earnings(expert.token))
    except ClientError as error:
        stage.history.troubles[f"earnings: {error}"] += 1
        return
    stage.history.payments += len(earnings.entries)
    stage.history.payouts.update(Counter(earnings.balances))


async def _ask_ledger(stage: Stage, moderator: str | None) -> None:
    if moderator is None:
        return
    email, _, password = moderator.partition(":")
    try:
        signed = await stage.api.sign_in(email, password)
        stage.history.ledger = (await stage.api.ledger(signed.token)).sums
    except ClientError as error:
        stage.history.troubles[f"ledger: {error}"] += 1


@asynccontextmanager
async def _progress(history: History, options: SimulateOptions) -> AsyncIterator[None]:
    """Show a line now and then, whenever it says something new."""
    task = asyncio.create_task(_show(history, options))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        options.show(progress(history, options.chats))


async def _show(history: History, options: SimulateOptions) -> None:
    shown = ""
    while True:
        line = progress(history, options.chats)
        if line != shown:
            options.show(line)
        shown = line
        await asyncio.sleep(PROGRESS_SECONDS)


def progress(history: History, chats: int) -> str:
    won = len({claim.chat for claim in history.claims if claim.outcome == WON})
    asked, ended, acked = len(history.asked), len(history.ended), len(history.acked)
    return f"{asked}/{chats} asked, {won} claimed, {ended} ended, {acked} messages acked"
