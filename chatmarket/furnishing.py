"""Puts a house together: the settings decide, and each part is handed what it works for."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chatmarket.batches import Batches
from chatmarket.embedded import NoRedis, embedded_redis
from chatmarket.flows import joining, lobbying, resuming, talking
from chatmarket.flows.holding import Held
from chatmarket.house import House
from chatmarket.limits import Limits
from chatmarket.metrics import Reading
from chatmarket.outside import Outside
from chatmarket.outside.letters import Letters
from chatmarket.outside.pushes import Pushes
from chatmarket.outside.street import Street
from chatmarket.passwords import Passwords
from chatmarket.privacy.chain import AuditKeys
from chatmarket.privacy.keys import Keyring
from chatmarket.recent import Recent
from chatmarket.settings import SettingError, Settings
from chatmarket.store import StoreDown, pending
from chatmarket.tries import Tries
from realtime.survey import Findings
from realtime.switchboard import Switchboard

MINUTE, QUARTER_OF_AN_HOUR, HOUR = 60.0, 900.0, 3600.0
TRIALS = 150  # of rules, by one person in a minute: the page tries as often as they stop typing
PROPOSALS = 300  # of topics, to one network address in a minute: a few for each question asked there
GUESSERS = 10  # places that may try one account at once before it rests for all of them
REVEALS_A_MINUTE = 10  # of one person: reading a value takes longer than that
MOST_BLOCKED = 1_000  # chats in which an expert was refused within a minute
MOST_TALLIES = 10_000  # brands
MOST_LESSONS = 100  # of brands and languages; ten thousand examples take 30 MB, a few hundred take one
TALLY_S = 60.0  # how long a brand's count of ratings is shown before it is counted again
VAULT_S = 600.0  # keys and values lie open no longer, however much is said: then they are read and opened anew
KNOCKS_S, RETURNS_S = 0.02, 0.05  # between two batches of reads, so that a herd of thousands comes in hundreds of them
MOST_RETURNS = 64  # people whose chats are read together: at most 64 pages of 100 messages


async def check_database(given: Settings) -> None:
    """Raises SettingError when the database is not there, does not answer, or is not migrated."""
    file = Path(given.database_url.removeprefix("sqlite://").partition("?")[0])
    if given.is_sqlite and not file.exists():  # noqa: ASYNC240 - once, before anything is served
        raise SettingError(f"There is no database at {file} (DATABASE_URL, CHATMARKET_DATA): run `chatmarket migrate`.")
    try:
        behind = await pending(given.database_url)
    except StoreDown as down:
        raise SettingError("DATABASE_URL names a database that does not answer.") from down
    if behind:
        raise SettingError("The database (DATABASE_URL) is not up to date: run `chatmarket migrate` first.")


@contextmanager
def with_redis(given: Settings) -> Iterator[Settings]:
    """The settings with a Redis in them: the one they name, or an embedded one for the length of the block."""
    if given.redis_url:
        yield given
        return
    try:
        with embedded_redis() as url:
            yield replace(given, redis_url=url)
    except NoRedis as none:
        raise SettingError(str(none)) from none


def furnish(settings: Settings) -> House:
    """A house for one process. Its switchboard is not running yet, its database is not open."""

    async def commit(sayings: Sequence[Any]) -> Sequence[Any]:
        return await talking.commit(house, sayings)

    async def look(lookers: Sequence[Any]) -> Sequence[Any]:
        return await lobbying.read(house, lookers)

    async def survey(chats: Collection[int], logins: Collection[int]) -> Findings:
        house.vaults.drop_old()  # every ten seconds is often enough for this, too
        return await resuming.survey(chats, logins, house.held.longest_s)

    switchboard = Switchboard(settings.redis_url, survey=survey)
    limits = _limits(settings)
    commits: Batches[Any, Any] = Batches(commit, most=settings.commit_batch, window_s=settings.commit_ms / 1000)
    house = House(
        settings=settings,
        switchboard=switchboard,
        passwords=Passwords(kib=settings.argon2_kib, threads=settings.password_threads, queue=settings.password_queue),
        keyring=Keyring(settings.vault_keys, current=next(iter(settings.vault_keys))),
        audit_keys=AuditKeys(settings.audit_keys),
        sign_ins=Tries(settings.sign_in_tries, window_s=QUARTER_OF_AN_HOUR),
        accounts=Tries(settings.sign_in_tries * GUESSERS, window_s=QUARTER_OF_AN_HOUR),
        sign_ups=Tries(settings.sign_ups_per_hour, window_s=HOUR),
        asks=Tries(settings.asks_per_hour, window_s=HOUR),
        reveals=Tries(REVEALS_A_MINUTE, window_s=MINUTE),
        trials=Tries(TRIALS, window_s=MINUTE),
        proposals=Tries(PROPOSALS, window_s=MINUTE),
        limits=limits,
        reading=Reading(switchboard, limits, commits),
        commits=commits,
        logins=Batches(joining.read_logins, most=MOST_RETURNS, gap_s=KNOCKS_S),
        chats=Batches(resuming.read_chats, most=MOST_RETURNS, gap_s=KNOCKS_S),
        returns=Batches(resuming.read, most=MOST_RETURNS, gap_s=RETURNS_S),
        lobbies=Batches(look, most=MOST_RETURNS, gap_s=RETURNS_S),
        held=Held(settings.hold_ms / 1000, settings.hold_most_ms / 1000, lambda *held: talking.show(house, *held)),
        vaults=Recent(settings.vaults_open, VAULT_S),
        blocked=Recent(MOST_BLOCKED, MINUTE),
        waiting=Recent(MOST_TALLIES, MINUTE),
        tallies=Recent(MOST_TALLIES, TALLY_S),
        usual=Recent(MOST_TALLIES, TALLY_S),
        lessons=Recent(MOST_LESSONS, HOUR),
        outside=_outside(settings),
    )
    return house


def _outside(settings: Settings) -> Outside:
    street = Street(private=settings.private_addresses)
    # Links lead back here: without a public address there is nothing to write.
    letters = Letters(settings.smtp_url, settings.smtp_from) if settings.smtp_url and settings.public_url else None
    return Outside(street, letters, _pushes(settings, street, letters))


def _pushes(settings: Settings, street: Street, letters: Letters | None) -> Pushes | None:
    """Push services want to know whom to write to about our pushes."""
    if not settings.vapid_key:
        return None
    contact = letters.address if letters else f"push@{urlsplit(settings.public_url).hostname or 'localhost'}"
    return Pushes(street, settings.vapid_key, f"mailto:{contact}")


def _limits(settings: Settings) -> Limits:
    return Limits(
        user_messages=settings.user_messages_per_second,
        brand_messages=settings.brand_messages_per_second,
        user_sockets=settings.user_sockets,
        chat_sockets=settings.chat_sockets,
        brand_sockets=settings.brand_sockets,
        user_resumes=settings.user_resumes_per_second,
    )
