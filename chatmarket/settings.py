"""Every environment variable, read once, with its default and its reason."""

import base64
import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chatmarket.checks import SHORTEST_TOKEN, SettingError, check
from chatmarket.keyfile import FILE, PURPOSES, DamagedKeys, LostKeys, kept_keys, own_keys, sealed_in

_HERE = Path(__file__).resolve().parent
ROOT = _HERE / "_data" if (_HERE / "_data").is_dir() else _HERE.parent

__all__ = ["SHORTEST_TOKEN", "SettingError", "Settings", "load", "table"]


def setting(env: str, default: Any, why: str, *, least: float = 0, most: float = 10**9) -> Any:
    return field(default=default, metadata={"env": env, "why": why, "least": least, "most": most})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    data: Path = setting("CHATMARKET_DATA", Path(".data"), "folder of the embedded database and its keys")
    database_url: str = setting("DATABASE_URL", "", "sqlite:///file or postgres://…; empty: SQLite in CHATMARKET_DATA")
    redis_url: str = setting(
        "REDIS_URL",
        "",
        "redis://…, unix://…, redis+sentinel://host,host/master, redis+cluster://host,host; empty: an embedded Valkey",
    )
    public_url: str = setting("PUBLIC_URL", "", "how browsers reach us; decides allowed origins and secure cookies")
    origins: str = setting("ALLOWED_ORIGINS", "", "further origins allowed to post and to open sockets, by comma")
    secret_keys: tuple[str, ...] = setting(
        "SECRET_KEYS", (), "sign chat tokens and forms, newest first, by comma; at least 32 characters each"
    )
    vault_keys: Mapping[str, bytes] = setting(
        "VAULT_KEYS", (), "id:base64 of 32 bytes, by comma, newest first; wrap the keys of the brands"
    )
    audit_keys: Mapping[str, bytes] = setting(
        "AUDIT_KEYS", (), "id:base64 of 32 bytes, by comma, newest first; chain the audit, unknown to the database"
    )
    proof_minutes: float = setting(
        "PROOF_MINUTES", 5, "who reveals, exports or erases gave their password so lately; 0: each time", most=1440
    )
    reveals_per_day: int = setting(
        "REVEALS_PER_DAY", 50, "values one person may reveal in 24 hours; a few for each chat they look into", least=1
    )
    reveal_alert: int = setting(
        "REVEAL_ALERT", 20, "so many reveals of one person in 24 hours are told to the brand: twice a busy day", least=1
    )
    claim_seconds: float = setting("CLAIM_SECONDS", 10, "an expert claims at most once a place in so long; 0: at will")
    park_seconds: float = setting("PARK_SECONDS", 30, "a claim sooner than people read waits so long at most", most=30)
    away_lost_seconds: float = setting("AWAY_LOST_SECONDS", 120, "an expert without a lobby so long is away; 0: never")
    away_minutes: float = setting("AWAY_MINUTES", 20, "an expert who did nothing so long is away; 0: never")
    vault_values: int = setting(
        "VAULT_VALUES", 200, "hidden details one chat holds; each is looked for in its messages", least=1, most=2000
    )
    vaults_open: int = setting(
        "VAULTS_OPEN", 5000, "chats whose keys and values stay open in memory, 1 to 30 KB each", least=1, most=1000000
    )
    commit_ms: float = setting(
        "COMMIT_MS", 1.0, "messages that arrive within so many milliseconds share a commit", least=0, most=100
    )
    commit_batch: int = setting(
        "COMMIT_BATCH", 200, "most messages of one commit: it holds the rows of their chats", least=1, most=2000
    )
    hold_ms: float = setting(
        "HOLD_MS", 300, "an expert sees a customer's words after so much quiet: a burst is masked as one; 0: at once"
    )
    hold_most_ms: float = setting("HOLD_MOST_MS", 1500, "and no later than this after its first word; 0: at once")
    chat_token_hours: int = setting(
        "CHAT_TOKEN_HOURS", 48, "a customer may come back to a chat for two days", least=1, most=8760
    )
    login_days: int = setting(
        "LOGIN_DAYS", 14, "a login ends after two weeks; sign-out and revoking end it at once", least=1, most=365
    )
    message_chars: int = setting(
        "MESSAGE_CHARS", 4000, "longest message; masking is linear, people are not", least=1, most=4000
    )
    frame_bytes: int = setting(
        "FRAME_BYTES",
        16384,
        "largest frame: 4,000 characters of four bytes, and its envelope",
        least=1024,
        most=1048576,
    )
    body_bytes: int = setting(
        "BODY_BYTES", 65536, "largest HTTP body: sixteen times the longest message", least=1024, most=16777216
    )
    argon2_kib: int = setting(
        "ARGON2_KIB", 47104, "memory of one password hash, 46 MiB (OWASP, with t=1, p=1)", least=64, most=1048576
    )
    password_queue: int = setting(
        "PASSWORD_QUEUE", 32, "hashes that may wait; beyond it sign-in says 'try again'", least=1, most=10000
    )
    password_threads: int = setting("PASSWORD_THREADS", 2, "hashes at once; each takes a core 50 ms", least=1, most=64)
    sign_in_tries: int = setting("SIGN_IN_TRIES", 10, "tries at an account from one place in 15 minutes; 0: no limit")
    sign_ups_per_hour: int = setting("SIGN_UPS_PER_HOUR", 100, "accounts made from one network address; 0: no limit")
    trusted_proxies: str = setting("TRUSTED_PROXIES", "127.0.0.1", "whose X-Forwarded-For is believed, by comma")
    asks_per_hour: int = setting("ASKS_PER_HOUR", 600, "questions one network address may ask in an hour; 0: no limit")
    gate_ratings: int = setting("GATE_RATINGS", 200, "ratings a brand needs before its gate may pause anybody")
    topics_minutes: float = setting("TOPICS_MINUTES", 10, "how often ended chats are learnt from", least=0, most=10080)
    review_minutes: float = setting("REVIEW_MINUTES", 1, "how often ended chats are looked at for signals; 0: never")
    device_days: int = setting("DEVICE_DAYS", 30, "so long a browser is told again, by a keyed digest", least=1)
    clock_s: float = setting("CLOCK_S", 1.0, "how often timers are looked at", least=0.05, most=60)
    deserted_minutes: int = setting(
        "DESERTED_MINUTES", 30, "a live chat without a word for so long is ended", least=1, most=10080
    )
    solicitations_flagged: int = setting(
        "SOLICITATIONS_FLAGGED", 3, "blocked messages of one expert in 30 days that are pointed out; 0: never"
    )
    guesses_flagged: int = setting(
        "GUESSES_FLAGGED", 8, "details one expert names in a chat before its moderators are told; 0: never"
    )
    user_messages_per_second: float = setting(
        "USER_MESSAGES_PER_SECOND", 20, "of one person over all their sockets, twice that in a burst; 0: no limit"
    )
    brand_messages_per_second: float = setting(
        "BRAND_MESSAGES_PER_SECOND", 2000, "of all people of one brand, in one process; 0: no limit"
    )
    user_resumes_per_second: float = setting(
        "USER_RESUMES_PER_SECOND",
        5,
        "of one person, twice that at once: all their tabs; a herd is many people once; 0: no limit",
    )
    user_sockets: int = setting("USER_SOCKETS", 20, "one expert's or moderator's, in one process; 0: no limit")
    chat_sockets: int = setting("CHAT_SOCKETS", 10, "one customer's: tabs and devices, in one process; 0: no limit")
    brand_sockets: int = setting(
        "BRAND_SOCKETS", 20000, "in a brand's chats and on its boards, in one process; 0: no limit"
    )
    metrics_address: str = setting(
        "METRICS_ADDRESS", "", "host:port where only operators come; each further process takes the next free port"
    )
    metrics_token: str = setting(
        "METRICS_TOKEN", "", "opens /metrics on the public address to who sends it as a bearer; empty: there is none"
    )
    drain_s: float = setting(
        "DRAIN_S", 15.0, "a stopping server asks its clients to come back spread over so long", most=300
    )
    grace_s: int = setting("GRACE_S", 10, "a stopping server is given so long to finish its work", least=1, most=300)
    keep_alive_s: int = setting(
        "KEEP_ALIVE_S", 75, "silent HTTP connections stay open; a proxy's 60 s are shorter", least=1
    )
    smtp_url: str = setting(
        "SMTP_URL", "", "smtp://user:password@host:587 (TLS where it is offered) or smtps://…; empty: no mail leaves"
    )
    smtp_from: str = setting("SMTP_FROM", "", "the sender of our mail, as in: Chatmarket <market@example.com>")
    vapid_key: str = setting(
        "VAPID_KEY", "", "32 bytes in base64 that sign web pushes; without it a single machine makes its own"
    )
    private_addresses: bool = setting(
        "PRIVATE_ADDRESSES", False, "webhooks and pushes may go into private networks, and by plain http"
    )
    log_format: str = setting("LOG_FORMAT", "columns", "columns for people, json for machines")
    demo: bool = setting("DEMO", False, "shows the demo's sign-ins on the start page; never in production")

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def secure(self) -> bool:
        return self.public_url.startswith("https://")

    def allowed_origins(self) -> frozenset[str]:
        """The origins whose pages may post here and open sockets; a loopback address is known by both its names."""
        own = {self.public_url.rstrip("/")}
        parts = urlsplit(self.public_url)
        if parts.hostname in ("127.0.0.1", "localhost"):
            own |= {f"{parts.scheme}://{name}:{parts.port or 80}" for name in ("127.0.0.1", "localhost")}
        return frozenset(own | {origin.strip().rstrip("/") for origin in self.origins.split(",") if origin.strip()})


def load(environ: Mapping[str, str] | None = None, *, makes_keys: bool = False, **given: Any) -> Settings:
    """The settings of `environ` (default: the process's own); `given` wins. Raises SettingError with one sentence.

    A command that begins an installation `makes_keys` where a single machine has none; all others only read them.
    """
    environ = os.environ if environ is None else environ
    values = {
        f.name: _read(f.metadata["env"], environ[f.metadata["env"]], f)
        for f in fields(Settings)
        if environ.get(f.metadata["env"], "") != ""
    }
    values.update(given)
    values.setdefault("data", Path(".data"))
    _choose_database(values)
    check(values)
    _choose_keys(values, makes_keys)
    return Settings(**values)


def _read(name: str, raw: str, known: Field[Any]) -> Any:
    default = known.default
    if name in ("VAULT_KEYS", "AUDIT_KEYS"):
        return _keys_by_id(name, raw)
    if name == "SECRET_KEYS":
        return tuple(part.strip() for part in raw.split(",") if part.strip())
    if isinstance(default, bool):
        return _one_of(name, raw, {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False})
    if isinstance(default, int | float):
        return _number(name, raw, type(default), known.metadata)
    if name == "LOG_FORMAT":
        return _one_of(name, raw, {"columns": "columns", "json": "json"})
    return Path(raw) if isinstance(default, Path) else raw


def _one_of(name: str, raw: str, choices: Mapping[str, Any]) -> Any:
    if raw.lower() not in choices:
        raise SettingError(f"{name} is {raw!r}; it takes one of {', '.join(choices)}.")
    return choices[raw.lower()]


def _number(name: str, raw: str, kind: type[int] | type[float], known: Mapping[str, Any]) -> int | float:
    try:
        number = kind(raw)
    except ValueError:
        raise SettingError(f"{name} is {raw!r}; it takes a number.") from None
    if not known["least"] <= number <= known["most"]:
        raise SettingError(f"{name} is {raw}; it takes a number from {known['least']} to {known['most']}.")
    return number


def _keys_by_id(variable: str, raw: str) -> dict[str, bytes]:
    keys = {}
    for part in filter(None, (part.strip() for part in raw.split(","))):
        name, _, text = part.partition(":")
        try:
            key = base64.b64decode(text, validate=True)
        except ValueError:
            key = b""
        if not name or len(key) != 32:
            raise SettingError(f"{variable} holds a key that is not `id:` and 32 bytes in base64.")
        keys[name] = key
    return keys


def _choose_database(values: dict[str, Any]) -> None:
    url = values.get("database_url", "")
    if not url:
        values["database_url"] = f"sqlite://{Path(values['data']).absolute() / 'chatmarket.sqlite3'}"
    elif not url.startswith(("sqlite://", "postgres://", "postgresql://")):
        raise SettingError("DATABASE_URL starts with sqlite:// or postgres://; this one does not.")


KEYS = {"secret_keys": "secret", "vault_keys": "vault", "audit_keys": "audit"}  # their names in a machine's own file


def _choose_keys(values: dict[str, Any], makes_keys: bool) -> None:
    """A single machine may make its own keys; many machines must be given the same ones."""
    if values["database_url"].startswith("sqlite"):
        wanted = [part for name, part in KEYS.items() if not values.get(name)]
        kept = _own_keys(values, wanted, makes_keys) if wanted else {}
        values["secret_keys"] = values.get("secret_keys") or (kept["secret"],)
        values["vapid_key"] = values.get("vapid_key") or kept.get("push", "")
        for name in ("vault_keys", "audit_keys"):
            values[name] = values.get(name) or {"own": base64.b64decode(kept[KEYS[name]])}
    for name in KEYS:
        if not values.get(name):
            raise SettingError(f"{name.upper()} is not set; with PostgreSQL every machine must be given the same keys.")
    if any(len(key) < 32 for key in values["secret_keys"]):
        raise SettingError("SECRET_KEYS holds a key of under 32 characters.")


def _own_keys(values: Mapping[str, Any], wanted: list[str], makes_keys: bool) -> dict[str, str]:
    data = Path(values["data"])
    database = Path(values["database_url"].removeprefix("sqlite://").partition("?")[0])
    try:
        return own_keys(data, wanted, lambda: sealed_in(database)) if makes_keys else kept_keys(data, wanted)
    except DamagedKeys as damaged:
        raise SettingError(f"CHATMARKET_DATA holds a damaged {damaged}: put the right one back.") from None
    except LostKeys as lost:
        raise SettingError(_lost(data, lost.args, database if makes_keys else None)) from None
    except OSError as error:
        raise SettingError(f"CHATMARKET_DATA names a folder that cannot be made: {error.strerror}.") from None


def _lost(data: Path, names: tuple[str, ...], database: Path | None) -> str:
    """Which file lacks what, and where that comes from; `database`, if what it holds is worth nothing so."""
    if database is None and not data.exists():
        return f"CHATMARKET_DATA names a folder that is not there ({data}): `chatmarket migrate` begins a new one."
    file = data / FILE
    what = "; ".join(f"{name!r} {PURPOSES[name]}" for name in names)
    missing = f"{file} lacks keys" if file.exists() else f"{file} is missing"
    variables = ", ".join(name.upper() for name, part in KEYS.items() if part in names)
    back = f"put {FILE} back from its own backup (docs/security.md), or set {variables}"
    if database is None:
        return f"{missing} ({what}): {back}; for a new installation `chatmarket migrate` makes it."
    return f"{missing} ({what}), and {database.name} holds what no new key opens: {back}."


def table() -> list[tuple[str, str, str]]:
    """Every setting as (variable, default, reason), for the README and its test."""
    return [(f.metadata["env"], "" if f.default == () else str(f.default), f.metadata["why"]) for f in fields(Settings)]
