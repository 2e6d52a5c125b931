"""How much of people's personal values can still be read after masking, how much else went, and what it costs."""

import argparse
import csv
import json
import os
import platform
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import goals
from benchmarks.common import quantile, table
from benchmarks.maskers import Conversation, Masker, Said, Seen, maskers
from chatmarket.mask import SPEAKERS
from chatmarket.privacy.masking import prepare
from chatmarket.privacy.skeleton import LONGEST

Reader = Callable[[Path], Iterator[Conversation]]

WORD = re.compile(r"\w+")
# Messages that cost much: digits and words with every separator, things that almost are values, one long word.
HOSTILE = (
    *(
        "1-",
        "a ",
        "1 ",
        "ES91 2100 ",
        "a@",
        "a.b.",
        "1.2.3.",
        "4111 1111 ",
        "one two ",
        "c a l l ",
        "calle 1 a ",
        "22 Oak St, ",
    ),
    *(
        "my name is ",
        "Ana Ruiz ",
        "12345 Aa ",
        "http://",
        "a",
        "1",
        "é",
        "\u200b1",
        "((((",
        "@ dot ",
        "aGVsbG8gd29ybGQ=",
    ),
)


@dataclass
class Figures:
    """One masker on one set."""

    values: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))  # by kind: can it be read?
    words: int = 0
    masked_words: int = 0
    clean: int = 0
    touched: int = 0
    cpu_us: list[float] = field(default_factory=list)

    def count(self, said: Said, seen: Seen) -> None:
        """One message of a customer's."""
        self.cpu_us.append(seen.cpu_us)
        for start, end, kind in said.values:
            self.values[kind].append(is_readable(said.text, (start, end), seen.hidden))
        spared = [*((start, end) for start, end, _ in said.values), *said.neutral]
        ordinary = [word.span() for word in WORD.finditer(said.text) if not overlaps(word.span(), spared)]
        masked = sum(overlaps(word, seen.hidden) for word in ordinary)
        self.words += len(ordinary)
        self.masked_words += masked
        if not said.values:
            self.clean += 1
            self.touched += masked > 0


def is_readable(text: str, value: tuple[int, int], hidden: Sequence[tuple[int, int]]) -> bool:
    """Whether a letter or digit of the value is left: one is a leak."""
    return any(text[i].isalnum() and not any(a <= i < b for a, b in hidden) for i in range(*value))


def overlaps(place: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(a < place[1] and place[0] < b for a, b in others)


# Sets


def conversations(path: Path) -> Iterator[Conversation]:
    """Lines of {"turns": [{"s": c or a, "t": text, "gold": [[start, end, kind]], "neutral": ...}], "lang", "known"}."""
    for line in path.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        turns = [
            Said(
                SPEAKERS[turn["s"]],
                turn["t"],
                [tuple(value) for value in turn.get("gold", ())],
                turn.get("neutral", ()),
            )
            for turn in one["turns"]
        ]
        yield Conversation(turns, one["lang"], one.get("known") or {})


def harmless(path: Path) -> Iterator[Conversation]:
    """Each row's text is a question without values."""
    with path.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            yield Conversation([Said("customer", row["text"])], "en")


def attacks(path: Path) -> Iterator[Conversation]:
    """Lines of {"text", "spans": [text], "type", "note", "lang"}; some are several messages, some an expert's."""
    for line in path.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        note, text = one["note"], one["text"]
        split = note.startswith(("MULTI:", "split over")) or "one per message" in note
        author = "expert" if "EXPERT" in note else "customer"
        values, at = [], 0
        for value in one["spans"]:
            start = text.find(value, at) if text.find(value, at) >= 0 else text.index(value)
            values.append((start, start + len(value), one["type"]))
            at = start + len(value)
        said = _said(author, text.split("\n") if split else [text], values)
        yield Conversation(list(said), one["lang"], attack=one["type"])


def _said(author: str, parts: Sequence[str], values: Sequence[tuple[int, int, str]]) -> Iterator[Said]:
    """Each part with what of the values lies in it."""
    at = 0
    for part in parts:
        end = at + len(part)
        inside = [(max(a, at) - at, min(b, end) - at, kind) for a, b, kind in values if a < end and at < b]
        yield Said(author, part, inside)
        at = end + 1


# Tables


def measured(masker: Masker, talks: Iterable[Conversation]) -> Figures:
    figures = Figures()
    for talk in talks:
        for said, seen in zip(talk.turns, masker(talk), strict=True):
            if said.author == "customer":
                figures.count(said, seen)
    return figures


def leak_table(name: str, language: str, by_masker: dict[str, Figures]) -> str:
    first = next(iter(by_masker.values()))
    rows = [
        [
            f"{kind} ({len(first.values[kind]):,})",
            goals.readable_told(kind, language),
            *(_share(sum(f.values[kind]), len(f.values[kind])) for f in by_masker.values()),
        ]
        for kind in sorted(first.values)
    ]
    every = [[leaks for kind in figures.values.values() for leaks in kind] for figures in by_masker.values()]
    rows.append([f"all ({len(every[0]):,})", "", *(_share(sum(leaks), len(leaks)) for leaks in every)])
    return table([f"{name}: values that can be read", "goal", *by_masker], rows if first.values else [])


def cost_table(sets: dict[str, dict[str, Figures]]) -> str:
    head = ["set", "masker", "ordinary words masked", "messages without values touched", "CPU us mean", "p50", "p99"]
    rows = []
    for name, by_masker in sets.items():
        words, touched = goals.of_set(goals.MASKED_WORDS, name), goals.of_set(goals.TOUCHED, name)
        aims = [_percent(words), _percent(touched), goals.CPU_MEAN_US, "", goals.CPU_P99_US]
        rows.append([name, "goal", *aims])
        rows += [_cost_row(name, masker, figures) for masker, figures in by_masker.items()]
    return table(head, rows)


def _cost_row(name: str, masker: str, figures: Figures) -> list[object]:
    return [
        f"{name} ({len(figures.cpu_us):,} messages)",
        masker,
        _share(figures.masked_words, figures.words),
        _share(figures.touched, figures.clean),
        f"{_mean(figures):,.0f}",
        *(f"{quantile(figures.cpu_us, share):,.0f}" for share in (0.5, 0.99)),
    ]


def shortfalls(sets: dict[str, tuple[str, dict[str, Figures]]]) -> list[str]:
    """What our own figures lack of their goals, a line each: why is for the reader of the tables to add."""
    measured = list[tuple[str, float, float | None, str]]()
    for name, (language, by_masker) in sets.items():
        for masker in (goals.OURS, goals.KNOWING):
            at, figures = f"{name}, {masker}", by_masker[masker]
            for kind, leaks in sorted(figures.values.items()):
                goal = goals.readable(kind, language, masker)
                measured.append((f"{at}, {kind}", 100 * sum(leaks) / len(leaks), goal, "%"))
            shares = ((figures.masked_words, figures.words), (figures.touched, figures.clean))
            words, touched = (100 * part / whole if whole else 0.0 for part, whole in shares)
            measured += [
                (f"{at}, ordinary words masked", words, goals.of_set(goals.MASKED_WORDS, name), "%"),
                (f"{at}, messages touched", touched, goals.of_set(goals.TOUCHED, name), "%"),
                (f"{at}, CPU mean", _mean(figures), goals.CPU_MEAN_US, "us"),
                (f"{at}, CPU p99", quantile(figures.cpu_us, 0.99), goals.CPU_P99_US, "us"),
            ]
    return list(goals.short_of(measured))


def _mean(figures: Figures) -> float:
    return sum(figures.cpu_us) / len(figures.cpu_us)


def attack_table(talks: Sequence[Conversation], all_maskers: dict[str, Masker]) -> str:
    rows, whole, harmless_touched = list[list[str]](), list[bool](), list[bool]()
    for name, masker in all_maskers.items():
        whole, harmless_touched, leading_away = [], [], list[bool]()
        for talk in talks:
            seen = masker(talk)
            noticed = any(one.hidden for one in seen)
            if any(said.values for said in talk.turns):
                whole.append(not leaks(talk, seen))
            else:
                (harmless_touched if talk.attack == "none" else leading_away).append(noticed)
        rows.append([name, *(f"{sum(them)} of {len(them)}" for them in (whole, harmless_touched, leading_away))])
    secrets, touched = goals.attacks(len(whole)), f"{goals.HARMLESS_TOUCHED} of {len(harmless_touched)} at most"
    rows.insert(0, ["goal", f"{secrets} of {len(whole)}", touched, "none set"])
    return table(["attacks", "secrets hidden whole", "harmless, touched", "without a value, noticed"], rows)


def leaks(talk: Conversation, seen: Sequence[Seen]) -> bool:
    both = zip(talk.turns, seen, strict=True)
    return any(is_readable(said.text, value[:2], one.hidden) for said, one in both for value in said.values)


def hostile_table(all_maskers: dict[str, Masker]) -> str:
    texts = [(piece * LONGEST)[:LONGEST] for piece in HOSTILE]
    rows = [["goal", "", goals.HOSTILE_MS]]
    for name, masker in all_maskers.items():
        costs = sorted(masker(Conversation([Said("customer", text)], "en"))[0].cpu_us / 1000 for text in texts)
        rows.append([name, f"{sum(costs) / len(costs):,.1f}", f"{costs[-1]:,.1f}"])
    return table([f"{len(texts)} hostile messages of {LONGEST:,} characters", "CPU ms mean", "worst"], rows)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else ""


def _percent(goal: float | None) -> str:
    return "" if goal is None else f"{goal:g} %"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with pii_*.jsonl and *.csv")
    parser.add_argument("--conversations", type=int, help="so many of each set only")
    args = parser.parse_args()
    prepare()
    print(
        f"{datetime.now(UTC).date()}, {platform.system()}, Python {platform.python_version()}, {os.cpu_count()} cores\n"
    )
    able = dict[str, Masker]()
    for name, masker in maskers():
        if isinstance(masker, str):
            print(f"{name}: {masker}\n")
        else:
            able[name] = masker
    talking, attacking = parted(args.data)
    sets = {}
    for path, read in talking:
        talks = list(read(path))[: args.conversations]
        by_masker = {name: measured(masker, talks) for name, masker in able.items()}
        sets[path.stem] = talks[0].language, by_masker
        if any(figures.values for figures in by_masker.values()):
            print(leak_table(path.stem, talks[0].language, by_masker), flush=True, end="\n\n")
    for path in attacking:
        print(attack_table(list(attacks(path)), able), flush=True, end="\n\n")
    print(cost_table({name: by_masker for name, (_, by_masker) in sets.items()}), flush=True, end="\n\n")
    print(hostile_table(able), end="\n\n")
    print("Short of a goal:\n", *shortfalls(sets), sep="\n")


def parted(folder: Path) -> tuple[list[tuple[Path, Reader]], list[Path]]:
    """The sets of a folder with what reads them, and the attackers' lists."""
    lines = {path: path.open(encoding="utf-8").readline() for path in sorted(folder.glob("pii_*.jsonl"))}
    talking = [(path, conversations) for path, line in lines.items() if '"turns"' in line]
    questions = [(path, harmless) for path in sorted(folder.glob("*.csv"))]
    return [*talking, *questions], [path for path, line in lines.items() if '"turns"' not in line]


if __name__ == "__main__":
    main()
