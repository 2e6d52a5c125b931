"""Where the CPU time of one process goes: py-spy's samples of its stack, each given to the stage that it was in."""

import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import common

RATE = 200  # samples a second; each stops the process for a moment, so rounds with it are not timed
# No CPU is used in these.
WAITING = re.compile(r"(SimpleQueue_get|epoll_p?wait)\w* \([^;]*(;(PyThread_acquire_lock_timed|0x)[^;]*)*$")
COLLECTING, KERNEL = "garbage collection", "kernel: reading and writing sockets"
WHEREVER = {
    COLLECTING: r"gc_collect_main",
    KERNEL: r"^(__)?(read|write|writev|send|sendto|sendmsg|recv|epoll_ctl)\w* \(libc",
}
# Of the innermost frame that one of these describes; what nobody describes is the event loop's own.
STAGES = {
    "masking": r"chatmarket/privacy/(?!keys)|re2|ahocorasick|stdnum",
    "vault: keys, fingerprints, sealing": r"flows/vaulting|privacy/keys|cryptography|hmac\.py",
    "storing: ORM, driver, transaction": (
        r"tortoise|pypika|asyncpg|CoreProtocol|BaseProtocol|chatmarket/(store|engines|models)"
    ),
    "rendering for each audience": r"flows/showing|templating|jinja2|babel|templates/",
    "Redis: pack, publish, hear": r"realtime/(bus|envelope|lines?|address\w*|presence)|redis",
    "delivery to sockets": r"realtime/|websockets_sansio|websockets/|starlette/websockets",
    "the flow itself": r"chatmarket/",
}


def missing() -> str | None:
    return None if _program() else "no Python package py-spy"


def _program() -> str | None:
    return shutil.which("py-spy", path=str(Path(sys.executable).parent)) or shutil.which("py-spy")


@contextmanager
def sampled(pid: int, seconds: float) -> Iterator[Callable[[], Counter[str]]]:
    """Samples the process while the block runs; what is yielded tells the stacks, when the block is left, by count."""
    program = _program()
    assert program
    with tempfile.TemporaryDirectory(prefix="chatmarket-stages-") as name, common.on_core(common.LOAD_CORE):
        found = Path(name) / "stacks"
        words = ["record", "--pid", str(pid), "--rate", str(RATE), "--duration", str(int(seconds)), "--native"]
        process = subprocess.Popen(
            [program, *words, "--format", "raw", "--output", found],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stacks: Counter[str] = Counter()
        yield lambda: stacks
        try:
            process.wait(seconds + 30)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            process.wait(30)
        if found.exists():
            stacks.update(_read(found.read_text()))


def _read(text: str) -> Counter[str]:
    stacks: Counter[str] = Counter()
    for sample in text.splitlines():
        stack, _, count = sample.rpartition(" ")
        if not WAITING.search(stack):
            stacks[stack] += int(count)
    return stacks


def stage(stack: str) -> str:
    """The stage of one stack, frames from the outermost to the innermost by semicolons."""
    frames = stack.split(";")
    for name, described in WHEREVER.items():
        if re.search(described, frames[-1]):
            return name
    for frame in reversed(frames):
        for name, described in STAGES.items():
            if re.search(described, frame):
                return name
    return "event loop, the rest"


def table(stacks: Counter[str], microseconds: float) -> str:
    """Each stage's share of the samples, and of `microseconds` of CPU a message."""
    by_stage: Counter[str] = Counter()
    for stack, count in stacks.items():
        by_stage[stage(stack)] += count
    total = max(1, by_stage.total())
    rows = [
        [name, f"{count / total:.1%}", f"{count / total * microseconds:.0f}"] for name, count in by_stage.most_common()
    ]
    head = [f"stage ({total:,} samples)", "share", "CPU us a message"]
    return common.table(head, [*rows, ["all, as timed without sampling", "100%", f"{microseconds:.0f}"]])
