"""Where and how we listen, and what cannot be served."""

import socket
from pathlib import Path

import pytest

from chatmarket import server, settings
from chatmarket.settings import SettingError
from realtime.protocol import SERVER_OPTIONS

KEYS = {"secret_keys": ("s" * 40,), "vault_keys": {"a": b"k" * 32}, "audit_keys": {"a": b"a" * 32}}


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_each_connection_is_sent_to_without_delay(host: str) -> None:
    with server.listening(host, 0) as bound:
        bound.listen(server.BACKLOG)
        with socket.create_connection(bound.getsockname()[:2]), bound.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingError, match=f"--port {port} .*in use"):
            server.listening("127.0.0.1", port)


def test_the_wire_protocol_is_taken_whole_from_realtime() -> None:
    given = settings.load({}, database_url="postgres://u@127.0.0.1/none", frame_bytes=2048, **KEYS)
    config = server._config(None, given)
    for name, value in SERVER_OPTIONS.items():
        kept = getattr(config, name)
        assert kept == (2048 if name == "ws_max_size" else value), name
    assert config.timeout_graceful_shutdown == given.grace_s
    assert config.timeout_keep_alive == given.keep_alive_s


@pytest.mark.parametrize(
    ("told", "names"),
    [
        ({"database_url": "sqlite:///x"}, "PostgreSQL"),
        ({"database_url": "postgres://u@127.0.0.1/none", "metrics_token": "t" * 16}, "METRICS_ADDRESS"),
    ],
)
def test_several_workers_need_what_they_can_share(told: dict[str, str], names: str) -> None:
    given = settings.load({}, **told, **KEYS)
    server.check_workers(given, 1)
    with pytest.raises(SettingError, match=names):
        server.check_workers(given, 2)


@pytest.mark.parametrize("address", ["9100", ":9100", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:x", "127.0.0.1:70000"])
def test_an_operators_address_needs_a_host_and_a_port(address: str) -> None:
    with pytest.raises(SettingError, match="METRICS_ADDRESS"):
        settings.load({"METRICS_ADDRESS": address}, database_url="postgres://u@127.0.0.1/none", **KEYS)


def test_a_sqlite_file_is_served_by_one_server_at_a_time(tmp_path: Path) -> None:
    given = settings.load({}, data=tmp_path, **KEYS)
    with server.alone_with_its_file(given):
        with pytest.raises(SettingError, match="served by another"), server.alone_with_its_file(given):
            raise AssertionError("let in")
        other = settings.load({}, data=tmp_path, database_url="postgres://nowhere/x", **KEYS)
        with server.alone_with_its_file(other):
            pass
    with server.alone_with_its_file(given):
        pass
