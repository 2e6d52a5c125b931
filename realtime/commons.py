"""What the connections of one server have in common: one timer for their pings, one callback for their writes."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from uvicorn.config import Config
from uvicorn.server import ServerState

from realtime.flush import Flush
from realtime.keepalive import Keepalive


@dataclass(frozen=True, slots=True)
class Shared:
    """One server's."""

    config: Config
    keepalive: Keepalive
    flush: Flush


_servers: WeakKeyDictionary[ServerState, Shared] = WeakKeyDictionary()


def shared_by(server: ServerState, config: Config) -> Shared:
    """What the connections of this server share; made at the first of them."""
    if server not in _servers:
        _servers[server] = Shared(config, Keepalive(config.ws_ping_interval, config.ws_ping_timeout), Flush())
    return _servers[server]
