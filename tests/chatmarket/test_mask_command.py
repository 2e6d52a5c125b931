"""`chatmarket mask` as people run it: JSON lines in, a line out for each, errors with their line, nothing kept."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chatmarket.mask import STAGES
from chatmarket.privacy import spans
from chatmarket.privacy.finders import detectors

pytestmark = pytest.mark.process

SOURCES = [source.read_text(encoding="utf-8") for source in Path(spans.__file__).parent.rglob("*.py")]
DOC = (Path(__file__).parents[2] / "docs/privacy.md").read_text(encoding="utf-8")

CONVERSATION = {
    "conv": 7,
    "lang": "es",
    "ds": "made up",
    "known": {"name": ["Ana Ruiz"], "dob": "1984-05-03", "order": [12345678], "vip": ["la casa azul"], "email": None},
    "turns": [
        {"s": "c", "t": "Hola, soy ana ruíz", "gold": [[11, 19, "name"]], "neutral": []},
        {"s": "a", "t": "Hola, cuénteme"},
        {"s": "c", "t": "es ana.ruiz@lumen.es, pedido 12345678"},
        {"s": "c", "t": "es 61"},
        {"s": "c", "t": "2 34"},
        {"s": "c", "t": "56 78"},
        {"s": "a", "t": "pásame tu wasap"},
    ],
}


def run(*arguments: str, given: str | bytes = "") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "chatmarket", "mask", *arguments],
        input=given.encode() if isinstance(given, str) else given,
        capture_output=True,
        timeout=60,
    )


def answers(done: subprocess.CompletedProcess[bytes]) -> list[dict]:
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def line(conversation: dict) -> str:
    return json.dumps(conversation, ensure_ascii=False) + "\n"


def hidden(conversation: dict, answer: dict) -> list[list[tuple[str, str]]]:
    return [
        [(said["t"][start:end], kind) for start, end, kind in turn["spans"]]
        for said, turn in zip(conversation["turns"], answer["turns"], strict=True)
    ]


def test_each_conversation_has_a_line_with_an_entry_for_each_turn():
    done = run(given=line(CONVERSATION) + "\n" + line({"turns": [{"s": "user", "t": "hello"}]}))
    assert (done.returncode, done.stderr) == (0, b"")
    first, second = answers(done)
    assert first["conv"] == 7
    assert hidden(CONVERSATION, first) == [
        [("ana ruíz", "name")],
        [],
        [("ana.ruiz@lumen.es", "email"), ("12345678", "account")],
        [("61", "number")],
        [("2 34", "number")],
        [("56 78", "phone")],
        [("pásame tu wasap", "solicitation")],
    ]
    assert first["turns"][0]["segments"] == [{"text": "Hola, soy "}, {"token": "name", "n": 1}]
    assert first["turns"][6]["blocked"] is True
    assert second == {"conv": None, "turns": [{"spans": [], "segments": [{"text": "hello"}]}]}


def test_a_file_is_read_as_well(tmp_path: Path):
    file = tmp_path / "talk.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + line(CONVERSATION).encode())
    assert answers(run(str(file))) == answers(run(given=line(CONVERSATION)))
    missing = run(str(tmp_path / "none.jsonl"))
    assert missing.returncode == 2 and b"No such file" in missing.stderr


def test_it_explains_itself_and_tells_the_time():
    (answer,) = answers(run("--explain", "--time", given=line(CONVERSATION)))
    stages = {one["stage"] for turn in answer["turns"] for one in turn["explain"]}
    assert {"known", "values", "solicitation"} < stages
    for turn in answer["turns"]:
        assert [[*one["span"], one["kind"]] for one in turn["explain"]] == turn["spans"]
        assert all(one["why"] for one in turn["explain"])
        assert turn["us"] > 0


def test_every_stage_has_a_sentence_and_its_row_in_order():
    stages = {stage for source in SOURCES for stage in re.findall(r'why="([a-z ]+)"', source)}
    stages |= {stage for source in SOURCES for stage in re.findall(r'_by\("([a-z ]+)"', source)}
    stages |= {stage for stage, _ in detectors.FINDERS} | {spans.MARKED, spans.CROWDED}
    assert stages == STAGES.keys(), "and none of a stage that is gone"
    table = DOC.partition("## The stages")[2].partition("What a stage finds")[0]
    rows = re.findall(r"^\| ([a-z ]+) \| ", table, re.MULTILINE)[1:]
    assert rows == ["length", "skeleton", *STAGES]


def test_what_a_stage_found_is_told_by_its_name():
    said = ("the alarm wants its pin", "I put 2580", "alpha bravo tango kilo at gmail")
    (answer,) = answers(run("--explain", given=line({"turns": [{"s": "c", "t": text} for text in said]})))
    assert [one["stage"] for turn in answer["turns"] for one in turn["explain"]] == ["talk", "dictated"]


def test_a_brands_rules_are_followed(tmp_path: Path):
    rules = tmp_path / "rules.json"
    rules.write_text(
        json.dumps({"policies": {"email": "visible"}, "patterns": [{"name": "l", "pattern": "lc-[a-z]{3}"}]})
    )
    talk = {"turns": [{"s": "c", "t": "orders77@lumen.es and LC-abc"}]}
    (answer,) = answers(run("--rules", str(rules), given=line(talk)))
    assert hidden(talk, answer) == [[("LC-abc", "brand")]]
    rules.write_text('{"patterns": [{"name": "mine", "pattern": "("}]}')
    refused = run("--rules", str(rules), given=line(talk))
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert b"'mine' is not one that RE2 can read" in refused.stderr


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("{", "not JSON"),
        ("[]", "not a conversation"),
        ("{}", '"turns"'),
        ('{"turns": [3]}', "turn 1 is not an object"),
        ('{"turns": [{"s": "c", "t": "x"}, {"s": "x", "t": "secret"}]}', 'turn 2: "s" is c'),
        ('{"turns": [{"s": "c"}]}', 'turn 1: "t" is the text'),
        ('{"turns": [], "known": ["x"]}', '"known" is an object'),
        ('{"turns": [], "lang": 3}', '"lang" is a language'),
        ('{"turns": [], "lang": "fr"}', '"lang" is one of en, es'),
    ],
)
def test_a_bad_line_is_named_and_those_before_it_are_answered(bad, said):
    done = run(given=line(CONVERSATION) + bad + "\n" + line(CONVERSATION))
    assert done.returncode == 2
    assert len(answers(done)) == 1
    assert done.stderr.decode().startswith("chatmarket mask: line 2: ") and said in done.stderr.decode()
    assert b"secret" not in done.stderr


def test_bytes_that_are_no_text_are_named_and_lone_surrogates_survive():
    assert b"line 1: not UTF-8" in run(given=b'{"turns": "\xff"}\n').stderr
    (answer,) = answers(run(given='{"turns": [{"s": "c", "t": "\\ud800 ana@lumen.es"}]}\n'))
    assert answer["turns"][0]["segments"][0] == {"text": "\ud800 "}


def test_a_very_long_message_keeps_its_offsets():
    text = "word " * 1_000 + "ana@lumen.es " + "word " * 1_000
    (answer,) = answers(run(given=line({"turns": [{"s": "customer", "t": text}]})))
    assert answer["turns"][0]["spans"] == [[5_000, 5_012, "email"]]


def test_lines_are_answered_as_they_come():
    talking = subprocess.Popen(
        [sys.executable, "-m", "chatmarket", "mask"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert talking.stdin is not None and talking.stdout is not None
    for number in range(3):
        talking.stdin.write(line({"conv": number, "turns": []}).encode())
        talking.stdin.flush()
        assert json.loads(talking.stdout.readline()) == {"conv": number, "turns": []}
    talking.stdin.close()
    assert talking.wait(20) == 0
    talking.stdout.close()


def test_a_reader_that_leaves_is_no_error():
    done = subprocess.run(
        f"{sys.executable} -m chatmarket mask | head -1",
        shell=True,
        input=line(CONVERSATION).encode() * 3_000,
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(answers(done)) == 1
