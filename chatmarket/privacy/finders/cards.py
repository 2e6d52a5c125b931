"""Cards that their check digit proves are found here, whatever the words before them say."""

from collections.abc import Iterator
from itertools import accumulate

from chatmarket.privacy.finders.checks import CARD_DIGITS, is_card, is_issued
from chatmarket.privacy.finders.harmless import digits_of
from chatmarket.privacy.finders.runs import Run
from chatmarket.privacy.patterns import Found, pattern, places

_CARD = pattern(r"\b[0-9](?:[ ._/-]?[0-9]){12,18}\b")
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


def _end_of_card(run: Run) -> int:
    """Where the first groups of digits end that are a card: "5555 5555 5555 4444 11/28"; 0 for none."""
    groups = run.groups()
    digits = run.digits
    for (_, end), count in zip(groups, accumulate(after - first for first, after in groups), strict=True):
        if count in CARD_DIGITS and is_issued(digits[:count]):
            return end
    return 0
