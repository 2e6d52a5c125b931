"""Cards that their check digit proves are found here, whatever the words before them say."""

from collections.abc import Iterator
from itertools import accumulate

from chatmarket.privacy.finders.checks import CARD_DIGITS, is_card, is_issued
from chatmarket.privacy.finders.harmless import digits_of
from chatmarket.privacy.finders.runs import Run
from chatmarket.privacy.patterns import Found, pattern, places

_CARD = pattern(r"\b[0-9](?:[ ._/-]?[0-9]){12,18}\b")
# Within links and addresses letters, signs and other numbers stand right beside it.
_BETWEEN = pattern(r"[0-9]+(?:[ ._/-][0-9]+)*")
_FIRST_GROUP = 4
_DIGIT_NEXT = pattern(r"[^a-z0-9\xff]{0,3}[0-9]{5}")


def cards(scan: bytes) -> Iterator[Found]:
    """Numbers that stand alone, or with an expiry behind them, and whose check digit is that of a card."""
    for start, end in places(_CARD, scan):
        if is_card(digits_of(scan[start:end])):
            if not _DIGIT_NEXT.match(scan, end):
                yield start, end
            continue
        end = _end_of_card(Run(scan, start, end))
        if end > start:
            yield start, end


def glued(scan: bytes) -> Iterator[Found]:
    """The cards of a link or an address, where other letters stand beside them: "ana4111111111111111@lumen.example"."""
    for start, end in places(_BETWEEN, scan):
        if end - start >= CARD_DIGITS[0]:
            yield from _among(Run(scan, start, end))


def _among(run: Run) -> Iterator[Found]:
    """Whole groups of digits that are a card: one of them, or several that begin with four digits."""
    groups = run.groups()
    behind = 0
    for first, (start, after) in enumerate(groups):
        if start < behind:
            continue
        several = after - start == _FIRST_GROUP
        for _, end in groups[first : first + _FIRST_GROUP + 1 if several else first + 1]:
            if is_issued(digits_of(run.scan[start:end])):
                behind = end
                yield start, end
                break


def _end_of_card(run: Run) -> int:
    """Where the first groups of digits end that are a card: "5555 5555 5555 4444 11/28"; 0 for none."""
    groups = run.groups()
    digits = run.digits
    for (_, end), count in zip(groups, accumulate(after - first for first, after in groups), strict=True):
        if count in CARD_DIGITS and is_issued(digits[:count]):
            return end
    return 0
