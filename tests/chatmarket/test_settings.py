"""A missing or wrong setting stops the start with one clear sentence that names it."""

import base64
import json
import subprocess
import sys
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
    first, second = (load({"CHATMARKET_DATA": str(tmp_path)}) for _ in range(2))
    assert first.secret_keys == second.secret_keys and first.vault_keys == second.vault_keys
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0


def test_keys_of_a_version_that_had_fewer_stay_and_the_missing_one_is_added(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"secret": "s" * 40, "vault": KEY}))
    first, second = (load({"CHATMARKET_DATA": str(tmp_path)}) for _ in range(2))
    assert first.secret_keys == ("s" * 40,) and first.vault_keys == {"own": b"k" * 32}
    assert first.audit_keys == second.audit_keys and first.audit_keys["own"] != b"k" * 32
    assert json.loads((tmp_path / "keys.json").read_text()).keys() == {"secret", "vault", "audit"}
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0
    assert [file.name for file in tmp_path.iterdir()] == ["keys.json"]


def test_many_processes_that_start_at_once_share_the_keys_they_make(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"secret": "s" * 40, "vault": KEY}))
    load_it = f"from chatmarket.settings import load; print(load({{'CHATMARKET_DATA': {str(tmp_path)!r}}}).audit_keys)"
    started = [subprocess.Popen([sys.executable, "-c", load_it], stdout=subprocess.PIPE, cwd=ROOT) for _ in range(4)]
    assert len({process.communicate()[0] for process in started}) == 1


def test_sqlite_is_written_by_one_web_process(tmp_path: Path) -> None:
    check_workers(load({"CHATMARKET_DATA": str(tmp_path)}), 1)
    check_workers(load(CLUSTER), 4)
    with pytest.raises(SettingError, match=r"--workers.*PostgreSQL"):
        check_workers(load({"CHATMARKET_DATA": str(tmp_path)}), 2)


def test_a_loopback_address_is_known_by_both_its_names() -> None:
    ours = load({**CLUSTER, "PUBLIC_URL": "http://127.0.0.1:8000", "ALLOWED_ORIGINS": "https://shop.example"})
    assert ours.allowed_origins() == {"http://127.0.0.1:8000", "http://localhost:8000", "https://shop.example"}


def test_a_damaged_key_file_and_a_folder_that_cannot_be_made_are_said(tmp_path: Path) -> None:
    load({"CHATMARKET_DATA": str(tmp_path)})
    (tmp_path / "keys.json").write_text("{")
    with pytest.raises(SettingError, match="CHATMARKET_DATA"):
        load({"CHATMARKET_DATA": str(tmp_path)})
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match="CHATMARKET_DATA"):
        load({"CHATMARKET_DATA": str(tmp_path / "file" / "below")})
