"""The commands for the audit, the keys and single customers, run beside a serving process, as operators do."""

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import asyncpg
import httpx2
import pytest

from chatmarket.__main__ import main
from chatmarket.client import Api, State
from chatmarket.seeds.world import PASSWORD
from tests.alone import SECRETS, Alone, Talk, alone, talk_at
from tests.processes import run
from tests.stories.listening import heard

pytestmark = pytest.mark.process

OLD, NEW = SECRETS["VAULT_KEYS"], "next:bm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm4="
EMAIL = "custody.ana@example.com"


def _command(server: Alone, *words: str, **env: str) -> tuple[int, str]:
    told = run(server.folder, *words, env={**server._environment, **env})
    assert "Traceback" not in told.stderr, told.stderr
    return told.returncode, told.stdout + told.stderr


@asynccontextmanager
async def _serving(folder: Path, database_url: str, redis_url: str, **more: str) -> AsyncIterator[Alone]:
    async with alone(folder, DATABASE_URL=database_url, REDIS_URL=redis_url, **more) as server:
        yield server


async def _reads(server: Alone, talk: Talk, email: str) -> httpx2.Response:
    """The brand's people ask for the first e-mail address of the chat."""
    async with Api(server.url) as api, httpx2.AsyncClient(base_url=server.url, trust_env=False) as http:
        login = await api.sign_in(email, PASSWORD)
        sent = {"token": "email", "n": 1, "reason": "to answer"}
        return await http.post(
            f"/api/v1/chats/{talk.chat}/reveal", json=sent, headers={"Authorization": f"Bearer {login.token}"}
        )


async def _tamper(database_url: str, *statements: str) -> None:
    """By somebody who has the database to themselves."""
    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(database_url.removeprefix("sqlite://"))) as connection:
            for table in ("audit", "auditlink"):
                for deed in ("update", "delete"):
                    connection.execute(f"DROP TRIGGER IF EXISTS {table}_refuses_{deed}")
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        return
    connection = await asyncpg.connect(database_url)
    for table in ("audit", "auditlink"):
        await connection.execute(f"DROP TRIGGER IF EXISTS {table}_added_only ON {table}")
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


STAFF = "ines@lumen.example"


async def test_the_audit_is_verified_and_anchored(tmp_path: Path, empty_database: str, redis_url: str) -> None:
    async with _serving(tmp_path, empty_database, redis_url) as server:
        talk = await talk_at(server.url, f"Write to {EMAIL}")
        assert (await _reads(server, talk, STAFF)).json()["value"] == EMAIL
        assert _command(server, "audit", "verify") == (0, "The audit is whole: 2 chains.\n")
        assert _command(server, "audit", "anchor", "--to", "anchors")[0] == 0
        assert (await _reads(server, talk, STAFF)).status_code == 200
        assert _command(server, "audit", "anchor", "--to", "anchors")[0] == 0
        code, told = _command(server, "audit", "verify", "--anchors", "anchors")
        assert (code, told) == (0, "The audit is whole: 2 chains, 4 anchors compared.\n")
        assert EMAIL not in (server.folder / "anchors").read_text()
        await _tamper(empty_database, "UPDATE audit SET facts = '{}' WHERE id = 1")
        code, told = _command(server, "audit", "verify")
        assert code == 1 and "lumen: row 1 (place 1) was changed" in told
        gone = "audit_refuses_update" if empty_database.startswith("sqlite") else "audit_added_only"
        assert f"database: the trigger {gone} is missing" in told
        code, told = _command(server, "audit", "guard")
        assert code == 0 and told.startswith("Put back what was wrong with ")
        assert _command(server, "audit", "guard") == (0, "The triggers are whole.\n")
        code, told = _command(server, "audit", "verify")
        assert code == 1 and "database" not in told and told.endswith("\n1 fault.\n")
        await _tamper(
            empty_database,
            "DELETE FROM auditlink",
            "DELETE FROM audithead",
            "DELETE FROM audit",
        )
        code, told = _command(server, "audit", "verify")
        assert code == 1 and "lumen: there is no chain" in told and "kestrel: there is no chain" in told
        code, told = _command(server, "audit", "verify", "--anchors", "anchors")
        assert code == 1 and "the chain reached place 2" in told
        code, told = _command(server, "audit", "verify", "--anchors", "nothing")
        assert code == 2 and "--anchors" in told


async def test_a_customer_is_given_out_and_erased_while_their_chat_is_live(
    tmp_path: Path, empty_database: str, redis_url: str
) -> None:
    async with _serving(tmp_path, empty_database, redis_url) as server:
        talk = await talk_at(server.url, f"Write to {EMAIL}")
        which = ("--brand", "lumen", "--chat", str(talk.chat))
        code, told = _command(server, "export", *which)
        assert code == 0 and json.loads(told)["chats"][0]["messages"][0]["text"] == f"Write to {EMAIL}"
        customer = json.loads(told)["customer"]
        async with talk.customers_room() as room:
            await heard(room, State, status="live")
            assert _command(server, "erase", *which) == (0, f"Customer {customer} is erased.\n")
            await heard(room, State, status="ended")
        by_number = ("--brand", "lumen", "--customer", str(customer))
        assert _command(server, "erase", *by_number) == (0, f"Customer {customer} was erased before.\n")
        assert EMAIL not in _command(server, "export", *by_number)[1]
        assert (await _reads(server, talk, STAFF)).json()["kept"] == "erased"
        for wrong in (("--brand", "kestrel", *which[2:]), ("--brand", "nobody", *which[2:]), (*which[:3], "999")):
            assert _command(server, "erase", *wrong)[0] == 2
        assert _command(server, "audit", "verify")[0] == 0


async def test_keys_rotate_beside_a_server_that_goes_on_and_one_that_never_had_the_old_one(
    tmp_path: Path, empty_database: str, redis_url: str
) -> None:
    async with _serving(tmp_path, empty_database, redis_url, VAULT_KEYS=f"{OLD},{NEW}") as server:
        talk = await talk_at(server.url, f"Write to {EMAIL}")
        async with talk.customers_room() as room:
            code, told = _command(server, "keys", "rotate", VAULT_KEYS=f"{NEW},{OLD}")
            assert code == 0 and "brands' keys wrapped anew under 'next'" in told
            await room.send("and second@example.com")
        assert (await _reads(server, talk, STAFF)).json()["value"] == EMAIL
        code, told = _command(server, "keys", "rotate", VAULT_KEYS="third:" + NEW.partition(":")[2])
        assert code == 2 and "VAULT_KEYS lacks a key" in told
    again = Alone(tmp_path, DATABASE_URL=empty_database, REDIS_URL=redis_url, VAULT_KEYS=NEW)
    try:
        await again.start()
        assert (await _reads(again, talk, STAFF)).json()["value"] == EMAIL
        code, told = _command(again, "serve", VAULT_KEYS=OLD)
        assert code == 2 and "VAULT_KEYS" in told
    finally:
        again.kill()


@pytest.mark.only("sqlite")
def test_an_embedded_server_without_redis_is_no_hindrance(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    assert run(tmp_path, "seed").returncode == 0
    told = run(tmp_path, "erase", "--brand", "lumen", "--chat", "1")
    assert told.returncode == 0 and told.stdout.startswith("Customer 1 "), told.stderr
    assert "Traceback" not in told.stderr and "ERROR" not in told.stderr, told.stderr
    assert run(tmp_path, "audit", "verify").returncode == 0


_READ = (("audit", "verify"), ("audit", "anchor"), ("export", "--brand", "lumen", "--customer", "1"))
_WRITE = (("audit", "guard"), ("keys", "rotate"), ("serve",), ("seed",), ("demo",), ("migrate",))


@pytest.mark.only("sqlite")
def test_a_single_machine_without_its_keys_or_its_folder_says_so_and_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "data"
    for name, value in {"CHATMARKET_DATA": str(folder), **dict.fromkeys(SECRETS, ""), "DATABASE_URL": ""}.items():
        monkeypatch.setenv(name, value)
    for words in _READ:
        assert main(words) == 2 and "names a folder that is not there" in capsys.readouterr().err
    assert not folder.exists()
    assert run(tmp_path, "migrate").returncode == 0
    assert run(tmp_path, "seed").returncode == 0
    kept = (folder / "keys.json").rename(tmp_path / "kept")
    for words in (*_READ, *_WRITE):
        assert main(words) == 2
        told = capsys.readouterr().err
        assert told.startswith("chatmarket: ") and "keys.json is missing" in told and "backup" in told, words
        assert not (folder / "keys.json").exists(), words
    kept.rename(folder / "keys.json")
    assert run(tmp_path, "audit", "verify").returncode == 0
    (folder / "chatmarket.sqlite3").rename(tmp_path / "elsewhere")
    told = run(tmp_path, "audit", "verify")
    assert told.returncode == 2 and told.stderr.startswith("chatmarket: There is no database at ")
    assert not (folder / "chatmarket.sqlite3").exists()


async def test_a_wrong_key_or_a_database_that_is_not_there_is_said_without_a_trace_of_anything(
    tmp_path: Path, empty_database: str, redis_url: str
) -> None:
    async with _serving(tmp_path, empty_database, redis_url) as server:
        talk = await talk_at(server.url, f"Write to {EMAIL}")
        export = ("export", "--brand", "lumen", "--chat", str(talk.chat))
        same_name = "test:" + NEW.partition(":")[2]
        before = _command(server, "audit", "anchor")[1].count('"seq": 0')
        for keys, told in ((same_name, "does not hold the key"), (NEW, "lacks a key")):
            for words in (export, ("keys", "rotate")):
                if keys == NEW or words == export:
                    code, said = _command(server, *words, VAULT_KEYS=keys)
                    assert code == 2 and "VAULT_KEYS" in said and told in said and EMAIL not in said
        assert _command(server, "audit", "anchor")[1].count('"seq": 0') == before, "nothing was noted"
        away = f"{empty_database}-gone" if empty_database.startswith("postgres") else f"sqlite://{tmp_path}/gone/db"
        for words in (export, ("audit", "verify"), ("keys", "rotate")):
            code, said = _command(server, *words, DATABASE_URL=away)
            assert code == 2 and said.startswith("chatmarket: ") and said.count("\n") == 1 and EMAIL not in said
        assert _command(server, *export)[0] == 0
