"""What is written to a line in one turn of the loop leaves in one write: neither asyncio nor uvloop does that."""

import asyncio
from typing import Protocol


class Held(Protocol):
    """A line that holds back what it was given in this turn."""

    def flush(self) -> None:
        """Write it now."""
        ...


class Flush:
    """The lines of a server that hold something back; one callback serves them all."""

    def __init__(self) -> None:
        self._lines: list[Held] = []

    def soon(self, line: Held) -> None:
        """Flush this line when the running turn of the loop is over."""
        if not self._lines:
            asyncio.get_running_loop().call_soon(self._all)
        self._lines.append(line)

    def _all(self) -> None:
        lines, self._lines = self._lines, []
        for line in lines:
            line.flush()
