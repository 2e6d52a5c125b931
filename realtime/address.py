"""Where Redis is, read from a URL: one server, the master that sentinels know, or the nodes of a cluster."""

import random
import ssl
from abc import ABC, abstractmethod
from binascii import crc_hqx
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from realtime.resp import TROUBLE, Heard, Login, Lost, Place, RedisLine, open_line

PORT, SENTINEL_PORT = 6379, 26379
SLOTS = 16_384
SCHEMES = "redis://, rediss://, unix://, redis+sentinel://, rediss+sentinel://, redis+cluster:// or rediss+cluster://"
_TLS = ("ssl_cert_reqs", "ssl_check_hostname", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_SENTINEL = ("sentinel_username", "sentinel_password")
_OPTIONS = ("db", "username", "password", *_TLS, *_SENTINEL)


class BadAddress(ValueError):
    """A URL that leads nowhere; the text says why, as the rest of a sentence about it, and never repeats a secret."""


class NoMaster(ConnectionError):
    """Nobody who answered knows, or is, the server to talk to."""


@dataclass(frozen=True, slots=True)
class Address(ABC):
    """Leads to the server that is responsible for a key or channel, wherever it is just now."""

    login: Login
    sharded: ClassVar[bool] = False  # whether channels belong to servers, as keys do

    @abstractmethod
    async def reach(self, key: str, within: float, heard: Heard) -> RedisLine:
        """A new line to whoever is responsible for this key; each step may take `within` seconds.

        Raises one of realtime.resp.TROUBLE; then ask again, it may have moved.
        """

    async def has_left(self, place: Place, within: float) -> bool:
        """Whether somebody else is responsible by now and `place` may not know it. Raises one of TROUBLE."""
        return False  # a single server is all there is, and the nodes of a cluster say so themselves


@dataclass(frozen=True, slots=True)
class Single(Address):
    """One server at a fixed place."""

    place: Place

    async def reach(self, key: str, within: float, heard: Heard) -> RedisLine:
        return await open_line(self.place, self.login, within, heard)


@dataclass(frozen=True, slots=True)
class Sentinels(Address):
    """The master of this name, according to the first sentinel that knows it."""

    places: tuple[Place, ...]
    guard: Login  # who we are to the sentinels themselves
    master: str

    async def reach(self, key: str, within: float, heard: Heard) -> RedisLine:
        line = await open_line(await self._ask_around(within), self.login, within, heard)
        try:
            role = (await line.ask("ROLE", within=within))[0]
            if role != b"master":  # a sentinel that was cut off tells old news
                raise NoMaster("the sentinels' master is none")
        except BaseException:
            line.cut(Lost())
            raise
        return line

    async def has_left(self, place: Place, within: float) -> bool:
        found = await self._ask_around(within)  # for an old master learns ten seconds late that it is none
        return found != place and (await _answer(found, self.login, within, "ROLE"))[0] == b"master"

    async def _ask_around(self, within: float) -> Place:
        for place in random.sample(self.places, len(self.places)):  # the next attempt begins with another
            try:
                found = await _answer(place, self.guard, within, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.master)
            except TROUBLE:
                continue
            if found:
                return Place(found[0].decode(), int(found[1]), tls=place.tls)
        raise NoMaster("no sentinel knows the master")


@dataclass(frozen=True, slots=True)
class Cluster(Address):
    """The node that owns the slot of a key; any of `places` that answers tells which it is."""

    places: tuple[Place, ...]
    sharded: ClassVar[bool] = True

    async def reach(self, key: str, within: float, heard: Heard) -> RedisLine:
        return await open_line(await self._ask_around(slot_of(key), within), self.login, within, heard)

    async def _ask_around(self, slot: int, within: float) -> Place:
        for place in random.sample(self.places, len(self.places)):
            try:
                ranges = await _answer(place, self.login, within, "CLUSTER", "SLOTS")
            except TROUBLE:
                continue
            for first, last, (host, port, *_), *_replicas in ranges:
                if first <= slot <= last:  # a node that does not know its own name means the one that was asked
                    return Place(host.decode() if host else place.host, int(port), tls=place.tls)
        raise NoMaster("no node knows who owns the slot")


def slot_of(key: str) -> int:
    """The slot of a key or channel in any cluster: CRC16/XMODEM of it, or of what stands in its first braces."""
    _, opened, after = key.partition("{")
    tag, closed, _ = after.partition("}")
    return crc_hqx((tag if opened and closed and tag else key).encode(), 0) % SLOTS


async def _answer(place: Place, login: Login, within: float, *words: str) -> Any:
    line = await open_line(place, login, within)
    try:
        return await line.ask(*words, within=within)
    finally:
        line.cut(Lost())


def read_address(url: str) -> Address:
    """The address in a URL of SCHEMES, several hosts of sentinels and clusters by comma. Raises BadAddress.

    `[user:password@]host[:port][/db]` as everywhere, `unix://[user:password@]/path`; the name of a sentinel's master
    stands where others have the database: `redis+sentinel://host,host/master?db=1&sentinel_password=…`.
    """
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        read = _SCHEMES.get(parts.scheme)
        if read is None:
            raise BadAddress(f"starts with none of {SCHEMES}")
        unknown = sorted(set(options) - set(_OPTIONS))
        if unknown:
            raise BadAddress(f"has an option that is none of {', '.join(_OPTIONS)}")
        return read(parts, options)
    except BadAddress:
        raise
    except (ValueError, OSError) as wrong:  # ports, brackets, certificates that are not there
        raise BadAddress("cannot be read: its host, port, database or certificate is none") from wrong


Options = Mapping[str, str]


def _read_single(parts: SplitResult, options: Options) -> Address:
    (place,) = _places(parts, PORT, _tls(parts, options))
    return Single(_login(parts, options, parts.path.strip("/")), place)


def _read_socket(parts: SplitResult, options: Options) -> Address:
    if parts.path in ("", "/"):
        raise BadAddress("names no socket after unix://")
    return Single(_login(parts, options), Place(path=unquote(parts.path)))


def _read_sentinels(parts: SplitResult, options: Options) -> Address:
    master = unquote(parts.path.strip("/"))
    if not master or "/" in master:
        raise BadAddress("names sentinels and no master: it ends like /mymaster")
    guard = Login(options.get("sentinel_username", ""), options.get("sentinel_password", ""))
    places = _places(parts, SENTINEL_PORT, _tls(parts, options))
    return Sentinels(_login(parts, options), places, guard, master)


def _read_cluster(parts: SplitResult, options: Options) -> Address:
    login = _login(parts, options, parts.path.strip("/"))
    if login.db:
        raise BadAddress("chooses a database, and a cluster has only one")
    return Cluster(login, _places(parts, PORT, _tls(parts, options)))


_SCHEMES: Mapping[str, Callable[[SplitResult, Options], Address]] = {
    "redis": _read_single,
    "rediss": _read_single,
    "unix": _read_socket,
    "redis+sentinel": _read_sentinels,
    "rediss+sentinel": _read_sentinels,
    "redis+cluster": _read_cluster,
    "rediss+cluster": _read_cluster,
}


def _login(parts: SplitResult, options: Options, db: str = "") -> Login:
    user = unquote(parts.username or "") or options.get("username", "")
    password = unquote(parts.password or "") or options.get("password", "")
    number = int(options.get("db", "") or db or 0)
    if number < 0:
        raise BadAddress("chooses a database below 0")
    return Login(user, password, number)


def _places(parts: SplitResult, port: int, tls: ssl.SSLContext | None) -> tuple[Place, ...]:
    found = []
    for one in parts.netloc.rpartition("@")[2].split(","):
        host = urlsplit(f"//{one}")
        if not host.hostname:
            raise BadAddress("names no host")
        found.append(Place(host.hostname, host.port or port, tls=tls))
    if len(found) > 1 and "+" not in parts.scheme:
        raise BadAddress("names several hosts: a single server has one")
    return tuple(found)


def _tls(parts: SplitResult, options: Options) -> ssl.SSLContext | None:
    if not parts.scheme.startswith("rediss"):
        return None
    context = ssl.create_default_context(cafile=options.get("ssl_ca_certs"))
    if options.get("ssl_certfile"):
        context.load_cert_chain(options["ssl_certfile"], options.get("ssl_keyfile"))
    if options.get("ssl_check_hostname", "true").lower() in ("0", "false", "no"):
        context.check_hostname = False
    if options.get("ssl_cert_reqs", "required") == "none":
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
