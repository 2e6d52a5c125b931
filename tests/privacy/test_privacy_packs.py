"""A language is added by a folder of data: the code has no word of any."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from chatmarket.privacy import packs

PACK = {
    "solicitation": '[words]\nchannel = ["whatsapp"]\n[phrases]\nchannel = ["donne moi ton <channel>"]\n',
    "dialogue": 'opens = ["est"]\nfillers = ["voici", "puis"]\n',
}
TOLD = """
import json, sys
from pathlib import Path
from chatmarket.privacy import packs
packs.FOLDER = Path(sys.argv[1])
from chatmarket.privacy.conversation import converse
from chatmarket.privacy.segments import plain
said = [("expert", "donne-moi ton WhatsApp"), ("customer", "voici 612"), ("customer", "puis 78 12")]
print(json.dumps([[plain(one.segments), one.solicits] for one in converse(said, (), "fr")]))
"""


def test_a_language_is_added_without_code(tmp_path: Path):
    folder = tmp_path / "packs"
    shutil.copytree(packs.FOLDER, folder)
    shutil.copytree(folder / "en", folder / "fr")
    for name, text in PACK.items():
        (folder / "fr" / f"{name}.toml").write_text(text)
    done = subprocess.run([sys.executable, "-c", TOLD, str(folder)], capture_output=True, timeout=60, check=True)
    (_, solicits), first, second = json.loads(done.stdout)
    assert solicits
    assert "612" not in first[0] and "78" not in second[0]


def test_a_pack_may_lack_any_file(tmp_path: Path):
    folder = tmp_path / "packs"
    shutil.copytree(packs.FOLDER, folder)
    (folder / "fr").mkdir()
    for name, text in PACK.items():
        (folder / "fr" / f"{name}.toml").write_text(text)
    done = subprocess.run([sys.executable, "-c", TOLD, str(folder)], capture_output=True, timeout=60, check=True)
    (_, solicits), first, second = json.loads(done.stdout)
    assert solicits
    assert "612" not in first[0] and "78" not in second[0]


def test_a_file_of_a_pack_may_lack_any_section(tmp_path: Path):
    folder = tmp_path / "packs"
    shutil.copytree(packs.FOLDER, folder)
    (folder / "fr").mkdir()
    for source in (folder / "en").glob("*.toml"):
        (folder / "fr" / source.name).write_text(PACK.get(source.stem, ""))
    done = subprocess.run([sys.executable, "-c", TOLD, str(folder)], capture_output=True, timeout=60, check=True)
    assert "612" not in json.loads(done.stdout)[1][0]
