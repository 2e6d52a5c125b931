"""Which database this run is about, a fresh one of it, and the two servers on it that stories are played on."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest

from chatmarket import settings
from chatmarket.client import Api
from chatmarket.embedded import embedded_redis
from chatmarket.settings import Settings
from tests.cast import Cast
from tests.outward import Mailbox, open_mailbox
from tests.postgres import drop_database, fresh_database, temp_postgres
from tests.serving import KEYS, Town, open_town

# No test is a race against the clock: a loaded core is slow at times, and first uses compile. In CI the same examples
# are tried each time: there a change is judged; what luck finds on a developer's machine is written down as a test.
hypothesis.settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--db", choices=("sqlite", "postgres"), default="sqlite", help="the database of this run")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "only(db): about one of the databases; not collected for the other")
    config.addinivalue_line("markers", "logs_errors: a story about a failure that belongs in the log")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    db = config.getoption("--db")
    others = [item for item in items if not _belongs(item, db)]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in others]


def _belongs(item: pytest.Item, db: str) -> bool:
    """Whether a test is for this run: what asks for no database (masking, matching, the lines) is tried once."""
    mark = item.get_closest_marker("only")
    return db in mark.args if mark else db == "sqlite" or "db" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def db(pytestconfig: pytest.Config) -> str:
    """'sqlite' or 'postgres': one per process, for Tortoise keeps SQL without its dialect."""
    return str(pytestconfig.getoption("--db"))


@pytest.fixture(scope="session")
def postgres_server(db: str) -> Iterator[str]:
    """The URL of a PostgreSQL where databases may be made; a server per xdist worker."""
    assert db == "postgres", "a SQLite run has no PostgreSQL"
    with temp_postgres() as url:
        yield url


@pytest.fixture(scope="session")
async def database_url(db: str, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A fresh, empty database that nobody has migrated, for the whole session of this worker."""
    async for url in _fresh(db, request):
        yield url


@pytest.fixture
async def empty_database(db: str, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A fresh, empty database for one test."""
    async for url in _fresh(db, request):
        yield url


async def _fresh(db: str, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    if db == "sqlite":
        folder = Path(tempfile.mkdtemp(prefix="chatmarket-"))
        yield f"sqlite://{folder}/test.sqlite3"
        shutil.rmtree(folder)
        return
    server = request.getfixturevalue("postgres_server")
    url = await fresh_database(server)
    yield url
    await drop_database(server, url)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with embedded_redis() as url:
        yield url


@pytest.fixture(scope="session")
async def mailbox() -> AsyncIterator[Mailbox]:
    """The mail server of both servers, and all that it took."""
    async with open_mailbox() as opened:
        yield opened


@pytest.fixture(scope="session")
def given(database_url: str, redis_url: str, mailbox: Mailbox, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of both servers. Hashes are cheap, timers quick, and nothing is held for a
    moment but where the hold is the story; everything else is as in production."""
    return settings.load(
        {},
        data=tmp_path_factory.mktemp("data"),
        database_url=database_url,
        redis_url=redis_url,
        argon2_kib=64,
        gate_ratings=0,
        clock_s=0.1,
        review_minutes=0.005,
        hold_ms=0,
        claim_seconds=0,
        asks_per_hour=0,
        sign_ups_per_hour=0,
        password_queue=500,
        user_messages_per_second=0,
        brand_messages_per_second=0,
        demo=False,
        smtp_url=mailbox.url,
        smtp_from="Chatmarket <market@example.com>",
        private_addresses=True,
        **KEYS,
    )


@pytest.fixture(scope="session")
async def town(given: Settings) -> AsyncIterator[Town]:
    async with open_town(given) as opened:
        yield opened


@pytest.fixture(scope="session")
async def cast(town: Town) -> AsyncIterator[Cast]:
    async with Api(town.here) as here, Api(town.there) as there:
        yield Cast(town.house, town.here, town.there, {town.here: here, town.there: there})
