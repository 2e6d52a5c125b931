"""A missing or wrong setting stops the start with one clear sentence that names it."""

import base64
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from chatmarket.server import check_workers
from chatmarket.settings import SettingError, load

ROOT = Path(__file__).parents[2]
KEY = base64.b64encode(b"k" * 32).decode()
CLUSTER = {
    "DATABASE_URL": "postgres://localhost/x",
    "REDIS_URL": "redis://localhost",
    "SECRET_KEYS": "s" * 32,
    "VAULT_KEYS": f"a:{KEY}",
    "AUDIT_KEYS": f"a:{KEY}",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://localhost/x"),
        ("REDIS_URL", "http://localhost"),
        ("MESSAGE_CHARS", "many"),
        ("MESSAGE_CHARS", "-1"),
        ("SECRET_KEYS", "short"),
        ("VAULT_KEYS", "a:notbase64"),
        ("VAULT_KEYS", f":{KEY}"),
        ("DEMO", "perhaps"),
        ("ARGON2_KIB", "1"),
        ("PASSWORD_THREADS", "0"),
        ("LOGIN_DAYS", "99999999"),
        ("CLOCK_S", "0"),
        ("LOG_FORMAT", "xml"),
        ("PUBLIC_URL", "chat.example.com"),
        ("REDIS_URL", "redis://localhost:port"),
        ("DATABASE_URL", "postgres://localhost:99999/x"),
        ("SECRET_KEYS", ""),
        ("VAULT_KEYS", ""),
        ("AUDIT_KEYS", ""),
        ("AUDIT_KEYS", "a:notbase64"),
        ("REVEALS_PER_DAY", "0"),
    ],
)
def test_a_wrong_setting_is_named_in_one_sentence(name: str, value: str) -> None:
    with pytest.raises(SettingError) as wrong:
        load({**CLUSTER, name: value})
    told = str(wrong.value)
    assert name in told and told.endswith(".") and "\n" not in told


def test_a_single_machine_makes_its_own_keys_once(tmp_path: Path) -> None:
    first, second = (load({"CHATMARKET_DATA": str(tmp_path)}, makes_keys=True) for _ in range(2))
    assert first.secret_keys == second.secret_keys and first.vault_keys == second.vault_keys
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0


def test_keys_of_a_version_that_had_fewer_stay_and_the_missing_one_is_added(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"secret": "s" * 40, "vault": KEY}))
    first, second = (load({"CHATMARKET_DATA": str(tmp_path)}, makes_keys=True) for _ in range(2))
    assert first.secret_keys == ("s" * 40,) and first.vault_keys == {"own": b"k" * 32}
    assert first.audit_keys == second.audit_keys and first.audit_keys["own"] != b"k" * 32
    assert json.loads((tmp_path / "keys.json").read_text()).keys() == {"secret", "vault", "audit", "push"}
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0
    assert [file.name for file in tmp_path.iterdir()] == ["keys.json"]


def test_many_processes_that_start_at_once_share_the_keys_they_make(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"secret": "s" * 40, "vault": KEY}))
    environ = {"CHATMARKET_DATA": str(tmp_path)}
    load_it = f"from chatmarket.settings import load; print(load({environ!r}, makes_keys=True).audit_keys)"
    started = [subprocess.Popen([sys.executable, "-c", load_it], stdout=subprocess.PIPE, cwd=ROOT) for _ in range(4)]
    assert len({process.communicate()[0] for process in started}) == 1


def test_sqlite_is_written_by_one_web_process(tmp_path: Path) -> None:
    check_workers(load({"CHATMARKET_DATA": str(tmp_path)}, makes_keys=True), 1)
    check_workers(load(CLUSTER), 4)
    with pytest.raises(SettingError, match=r"--workers.*PostgreSQL"):
        check_workers(load({"CHATMARKET_DATA": str(tmp_path)}, makes_keys=True), 2)


def test_a_loopback_address_is_known_by_both_its_names() -> None:
    ours = load({**CLUSTER, "PUBLIC_URL": "http://127.0.0.1:8000", "ALLOWED_ORIGINS": "https://shop.example"})
    assert ours.allowed_origins() == {"http://127.0.0.1:8000", "http://localhost:8000", "https://shop.example"}


def test_a_damaged_key_file_and_a_folder_that_cannot_be_made_are_said(tmp_path: Path) -> None:
    load({"CHATMARKET_DATA": str(tmp_path)}, makes_keys=True)
    (tmp_path / "keys.json").write_text("{")
    with pytest.raises(SettingError, match="CHATMARKET_DATA"):
        load({"CHATMARKET_DATA": str(tmp_path)}, makes_keys=True)
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match="CHATMARKET_DATA"):
        load({"CHATMARKET_DATA": str(tmp_path / "file" / "below")}, makes_keys=True)


def test_what_only_reads_makes_no_keys_and_says_what_is_missing_and_where_it_comes_from(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with pytest.raises(SettingError, match=r"folder that is not there .*data\)"):
        load({"CHATMARKET_DATA": str(folder)})
    assert not folder.exists()
    folder.mkdir()
    with pytest.raises(SettingError) as lost:
        load({"CHATMARKET_DATA": str(folder), "SECRET_KEYS": "s" * 32})
    told = str(lost.value)
    assert f"{folder}/keys.json is missing" in told and "backup" in told and "VAULT_KEYS, AUDIT_KEYS" in told
    assert "'vault' opens the hidden details; 'audit' verifies the audit" in told and "'secret'" not in told
    assert list(folder.iterdir()) == []
    (folder / "keys.json").write_text(json.dumps({"secret": "s" * 40, "vault": KEY}))
    with pytest.raises(SettingError, match=r"keys\.json lacks keys .'audit'"):
        load({"CHATMARKET_DATA": str(folder)})
    assert load({"CHATMARKET_DATA": str(folder), "AUDIT_KEYS": f"a:{KEY}"}).vault_keys == {"own": b"k" * 32}


@pytest.mark.parametrize(("table", "lost"), [("brandkey", "vault"), ("audithead", "audit")])
def test_no_key_is_made_anew_while_the_database_holds_what_only_the_lost_one_is_for(
    tmp_path: Path, table: str, lost: str
) -> None:
    environ = {"CHATMARKET_DATA": str(tmp_path)}
    with closing(sqlite3.connect(tmp_path / "chatmarket.sqlite3")) as database:
        database.execute(f"CREATE TABLE {table} (brand_id)")
        database.commit()
        first = load(environ, makes_keys=True)
        database.execute(f"INSERT INTO {table} VALUES (1)")
        database.commit()
        assert load(environ, makes_keys=True) == first
        (tmp_path / "keys.json").unlink()
        with pytest.raises(SettingError, match=rf"'{lost}' .*chatmarket\.sqlite3 holds what no new key opens"):
            load(environ, makes_keys=True)
        assert not (tmp_path / "keys.json").exists()
        assert load(environ | {f"{lost.upper()}_KEYS": f"a:{KEY}"}, makes_keys=True)


def test_a_database_that_cannot_be_read_may_hold_anything(tmp_path: Path) -> None:
    (tmp_path / "chatmarket.sqlite3").write_text("no database" * 100)
    with pytest.raises(SettingError, match="'vault'"):
        load({"CHATMARKET_DATA": str(tmp_path)}, makes_keys=True)
