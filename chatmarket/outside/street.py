"""Posting to addresses that other people gave us, and never to a machine of our own network by mistake or by malice.

The name is resolved once, every address behind it must be public, and the connection goes to the address that was
looked at: a name that answers differently the second time gains nothing.
"""

import asyncio
import socket
from collections.abc import Mapping
from contextlib import AsyncExitStack
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

import httpx2

from chatmarket.outside.fates import Never, NotSent

LOOK_S = 3.0  # to find out where a name leads, while somebody waits for the page
PATIENCE_S = 10.0  # for all of it: a machine that answers later is as good as away
LONGEST_URL = 2000
# Names that no machine on the open internet has.
_OWN = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa")
_OPEN = IPv6Network("2000::/3")  # all that is given out; the rest is local, translated or nobody's
_NAT64 = IPv6Network("64:ff9b::/96")  # leads to any IPv4 address, also to a private one


class BadUrl(ValueError):
    """No address that anything may be posted to."""


class Street:
    """The way to other people's machines; with `private` it also leads into private networks and by plain http."""

    def __init__(self, *, private: bool = False) -> None:
        self.private = private

    def read(self, url: str) -> SplitResult:
        """The parts of an address that may be posted to, as far as it can be told without asking. Raises BadUrl."""
        try:
            parts = urlsplit(url)
            _ = parts.port
            bare = _literal(parts.hostname or "")
        except ValueError:
            raise BadUrl(url) from None
        allowed = ("https", "http") if self.private else ("https",)
        printable = url.isascii() and url.isprintable() and " " not in url
        if parts.scheme not in allowed or not parts.hostname or "@" in parts.netloc or not printable:
            raise BadUrl(url)
        own = _is_own(parts.hostname) if bare is None else not self._may(bare)
        if len(url) > LONGEST_URL or (own and not self.private):
            raise BadUrl(url)
        return parts

    async def check(self, url: str) -> None:
        """As `read`, and asks where the name leads today: whoever writes it down is told at once that nothing would be
        posted there. A name that nobody knows yet may still come to be known. Raises BadUrl."""
        parts = self.read(url)
        try:
            async with asyncio.timeout(LOOK_S):
                await self._address(parts.hostname or "", parts.port or 443)
        except Never:
            raise BadUrl(url) from None
        except (NotSent, TimeoutError):
            return

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status that `url` answers; what else it says is not read. Raises Never or NotSent."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._post(url, body, headers)
        except BadUrl:
            raise Never("bad_address") from None
        except (TimeoutError, httpx2.TimeoutException):
            raise NotSent("no_answer") from None
        except httpx2.HTTPError:
            raise NotSent("no_connection") from None

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        parts = self.read(url)
        host = parts.hostname or ""
        address = await self._address(host, parts.port or (443 if parts.scheme == "https" else 80))
        place = f"[{address}]" if address.version == 6 else str(address)
        pinned = parts._replace(netloc=place if parts.port is None else f"{place}:{parts.port}")
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(httpx2.AsyncClient(trust_env=False, timeout=PATIENCE_S))
            sent = {**headers, "Host": parts.netloc}
            known = {"sni_hostname": host}
            answer = http.stream("POST", pinned.geturl(), content=body, headers=sent, extensions=known)
            return (await stack.enter_async_context(answer)).status_code

    async def _address(self, host: str, port: int) -> IPv4Address | IPv6Address:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise NotSent("no_such_host") from None
        addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        if not addresses or not all(map(self._may, addresses)):
            raise Never("private_address")
        return addresses[0]

    def _may(self, address: IPv4Address | IPv6Address) -> bool:
        if self.private:
            return True
        if isinstance(address, IPv6Address):
            inner = address.ipv4_mapped or address.sixtofour
            if inner is not None:
                return self._may(inner)
            if address.teredo is not None or address not in _OPEN or address in _NAT64:
                return False
        return address.is_global and not address.is_multicast


def _is_own(host: str) -> bool:
    """Whether a name stands for a machine of some private network, or for an address in one of its odder spellings."""
    name = host.rstrip(".")
    last = name.rpartition(".")[2]
    return "." not in name or name.endswith(_OWN) or last.isdecimal() or last.startswith("0x")


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
