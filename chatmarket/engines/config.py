"""What Tortoise is told: the engine behind a database URL, its limits, and where models and migrations are."""

from pathlib import Path
from typing import Any

from tortoise.backends.base.config_generator import expand_db_url

from chatmarket.engines import ACQUIRE_SECONDS

CONNECTION = "default"
APP = "models"
MODELS = "chatmarket.models"
# A wheel carries the migrations inside the package; a checkout has them at the top.
_INSTALLED = (Path(__file__).parents[1] / "_data" / "migrations").is_dir()
MIGRATIONS = "chatmarket._data.migrations" if _INSTALLED else "migrations"

# FULL: with NORMAL an acknowledged commit may be lost with the power. 5 s: as long as a client waits for its ack.
# secure_delete: what is erased is overwritten, not only unlinked. recursive_triggers: INSERT OR REPLACE deletes, and
# fires the triggers of a deletion only with it.
SQLITE = {
    "journal_mode": "WAL",
    "busy_timeout": 5000,
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "secure_delete": "ON",
    "recursive_triggers": "ON",
}
SERVER_SETTINGS = {
    "application_name": "chatmarket",
    "lock_timeout": "4000",  # ms; like the wait for a connection: somebody wants to hear "retry" within 5 s
    "statement_timeout": "10000",  # the slowest board takes less than a second
    "idle_in_transaction_session_timeout": "15000",  # a worker that hangs must not keep its row locks
}
# command_timeout is the last resort, for a server that hangs and cannot enforce its own limits.
POSTGRES = {"minsize": 2, "maxsize": 20, "timeout": ACQUIRE_SECONDS, "command_timeout": 12.0}
_FLOATS = ("timeout", "command_timeout", "max_inactive_connection_lifetime")


def tortoise_config(
    url: str, *, models: str = MODELS, migrations: str = MIGRATIONS, migrating: bool = False
) -> dict[str, Any]:
    """Tortoise's configuration for `url`; what its query string says goes before our defaults.

    A migrating connection has no limits (an index may take an hour) and, on SQLite, no foreign keys: Tortoise drops
    and rebuilds a changed table, and ON DELETE CASCADE would empty its children.
    """
    app = {"models": [models], "migrations": migrations, "default_connection": CONNECTION}
    connection = _sqlite(url, migrating) if url.startswith("sqlite:") else _postgres(url, migrating)
    return {"connections": {CONNECTION: connection}, "apps": {APP: app}, "use_tz": True, "timezone": "UTC"}


def _sqlite(url: str, migrating: bool) -> dict[str, Any]:
    credentials = SQLITE | expand_db_url(url)["credentials"]
    if migrating:
        credentials["foreign_keys"] = "OFF"
    return {"engine": "chatmarket.engines.sqlite", "credentials": credentials}


def _postgres(url: str, migrating: bool) -> dict[str, Any]:
    asked = expand_db_url(url)["credentials"]
    if "sslmode" in asked:  # libpq's word for what asyncpg calls ssl
        asked["ssl"] = asked.pop("sslmode")
    asked |= {name: float(asked[name]) for name in _FLOATS if name in asked}
    if migrating:
        return {"engine": "chatmarket.engines.asyncpg", "credentials": asked | {"minsize": 1, "maxsize": 3}}
    settings = {"server_settings": SERVER_SETTINGS}
    return {"engine": "chatmarket.engines.asyncpg", "credentials": POSTGRES | settings | asked}
