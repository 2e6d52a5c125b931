"""Runs of digits are judged here: which are cards, phones or other numbers, and which are prices, dates and the like.

Digits are masked unless something benign explains them; check digits only choose the kind.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from chatmarket.privacy.finders.checks import (
    CARD_DIGITS,
    FEWEST_LOCAL,
    MOST_PHONE,
    Plans,
    is_card,
    is_phone,
    kind_by_check,
)
from chatmarket.privacy.finders.harmless import (
    AMOUNTS,
    DATE,
    LONGEST_COUNTED,
    THOUSANDS,
    YEARS,
    is_build,
    is_counted,
    is_everywhere,
    is_long_version,
    is_money,
    is_short_and_harmless,
    is_version,
    is_year,
)
from chatmarket.privacy.patterns import Found, pattern, places
from chatmarket.privacy.segments import Kind

# What may stand between two digits of one number: up to three signs. Currency, percent and blanked finds end a run.
GAP = r"[^a-z0-9\xff\xfd$%]{0,3}"
RUN = pattern(rf"\(?\+?\(?[0-9](?:{GAP}[0-9]){{4,}}")
# Signs that rarely stand inside a number: what they part is judged as a whole only when it is a valid card or phone.
_PART = pattern(r"[^,;:!?'\"=<>&#|\\]+")
_NOT_DIGITS = bytes(set(range(256)) - set(b"0123456789"))
_SPACED = bytes(byte if 48 <= byte < 58 else 32 for byte in range(256))
_LOCAL = pattern(r"[0-9]{3}-[0-9]{4}")
_WITH_COMMAS = pattern(r"[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+(?:\.[0-9]{1,2})?|(?:\.[0-9]{3})+,[0-9]{1,2})")
# Letters that are tied to a number are a part of it: "PAB123456", "ES91 2100", "nhc-97431658", "12345678-k".
_TIED_BEFORE = pattern(r"(?:[a-z]{1,6}[-_#/]|[a-z0-9\xff]{1,10})$")
_TIED_AFTER = pattern(r"[a-z0-9\xff]{1,10}|-[a-z0-9]{1,2}\b")

# Digits that may be read without an explanation: one fewer than a postcode has. Shorter ones are found by their cue.
FEWEST_DENIED = 5
FEWEST = 9
_CARDS_BEGIN = frozenset({b"2", b"3", b"4", b"5", b"6"})
# Cards are looked for inside a longer run of up to so many digits and groups (two cards and a phone); beyond, it is one
# number.
LONGEST_MIXED = 48
MOST_GROUPS = 16


@dataclass(frozen=True, slots=True)
class Run:
    """Digits and the signs between them, at `start` of the scan."""

    scan: bytes
    start: int
    end: int
    plans: Plans = field(default_factory=Plans)

    def part(self, start: int, end: int) -> "Run":
        """The characters of the scan from `start` up to `end`, which lie in this run."""
        return Run(self.scan, start, end, self.plans)

    @property
    def written(self) -> bytes:
        return self.scan[self.start : self.end]

    @property
    def digits(self) -> bytes:
        return self.written.translate(None, _NOT_DIGITS)

    def groups(self) -> list[Found]:
        """Where digits stand together, in the scan."""
        written = self.written.translate(_SPACED)
        found, at = [], 0
        for group in written.split():
            at = written.index(group, at)
            found.append((self.start + at, self.start + at + len(group)))
            at += len(group)
        return found


Verdict = tuple[int, int, Kind]


def numbers(scan: bytes) -> Iterator[Verdict]:
    """Every number of a scan that must not be read: start, end, and its kind (card, phone or number)."""
    plans = Plans()
    for start, end in places(RUN, scan):
        for found in _judged(_trimmed(Run(scan, start, end, plans))):
            yield _with_letters(scan, *found)


def _with_letters(scan: bytes, start: int, end: int, kind: Kind) -> Verdict:
    before = _TIED_BEFORE.search(scan[max(0, start - 10) : start])
    after = _TIED_AFTER.match(scan, end)
    # With letters it is an id, and equal to none without them.
    letters = (before is not None and not before.group().isdigit()) or (
        after is not None and not after.group().isdigit()
    )
    kind = Kind.ACCOUNT if kind is Kind.NUMBER and letters else kind
    return start - (len(before.group()) if before else 0), after.end() if after else end, kind


def _trimmed(run: Run) -> Run:
    """Without an opening bracket that is never closed."""
    if run.written.startswith(b"(") and b")" not in run.written:
        return run.part(run.start + 1, run.end)
    return run


def _judged(run: Run) -> Iterator[Verdict]:
    dates = [found for found in places(DATE, run.written) if _stands_alone(run, found)]
    if not dates:
        yield from _without_dates(run)
        return
    if not _covers(run, dates) and run.plans.have(run.digits):
        yield run.start, run.end, Kind.PHONE
        return
    ends = [0, *(end for _, end in dates)]
    starts = [*(start for start, _ in dates), len(run.written)]
    for start, end in zip(ends, starts, strict=True):
        yield from _between(run, run.start + start, run.start + end)


def _between(run: Run, start: int, end: int) -> Iterator[Verdict]:
    groups = run.part(start, end).groups()
    if groups:
        yield from _without_dates(run.part(groups[0][0], groups[-1][1]))


def _stands_alone(run: Run, found: Found) -> bool:
    """Whether a date is not a piece of something longer: 612.03.04.2024 holds none."""
    start, end = run.start + found[0], run.start + found[1]
    before, after = run.scan[start - 1 : start], run.scan[end : end + 1]
    own = run.scan[start:end].translate(None, b"0123456789")[:1]
    return not (before.isdigit() or after.isdigit() or before == own or (after == own and _digit_at(run.scan, end + 1)))


def _digit_at(scan: bytes, at: int) -> bool:
    return scan[at : at + 1].isdigit()


def _covers(run: Run, dates: list[Found]) -> bool:
    return sum(len(run.part(run.start + a, run.start + b).digits) for a, b in dates) == len(run.digits)


def _without_dates(run: Run) -> Iterator[Verdict]:
    if len(run.digits) < FEWEST_DENIED:
        return
    parts = [run.part(run.start + a, run.start + b) for a, b in places(_PART, run.written)]
    if len(parts) == 1:
        yield from _plain(run)
    elif is_card(run.digits):
        yield run.start, run.end, Kind.CARD
    elif run.plans.have(run.digits):
        yield run.start, run.end, Kind.PHONE
    elif _is_amount(run):
        return
    elif _goes_on_through_signs(run):
        yield run.start, run.end, Kind.NUMBER
    else:
        for part in parts:
            if part.end - part.start >= FEWEST_DENIED:
                yield from _between_signs(part)


def _goes_on_through_signs(run: Run) -> bool:
    """Whether commas and the like part one number: no spaces beside them, or groups too long to be a list's."""
    if len(run.digits) < FEWEST_LOCAL or _WITH_COMMAS.fullmatch(run.written) is not None:
        return False
    if _is_counting(run):
        return False
    if len(run.digits) <= LONGEST_COUNTED and is_counted(run.scan, run.start, run.end):
        return False
    if b" " not in run.written:
        return True
    sizes = [end - start for start, end in run.groups()]
    long = [run.scan[a:b] for a, b in run.groups() if b - a == 4]
    return max(sizes) == 1 or (len(long) > 1 and not any(is_year(group) for group in long))


def _between_signs(part: Run) -> Iterator[Verdict]:
    groups = part.groups()
    if groups:
        yield from _plain(part.part(_with_plus(part.scan, groups[0][0]), groups[-1][1]))


def _with_plus(scan: bytes, at: int) -> int:
    return at - 1 if scan[at - 1 : at] == b"+" else at


def _plain(run: Run) -> Iterator[Verdict]:
    digits = run.digits
    if is_everywhere(run.written):
        return
    if len(digits) < FEWEST:
        if len(digits) >= FEWEST_DENIED and not _is_explained(run):
            yield run.start, run.end, Kind.PHONE if _is_short_phone(run, digits) else Kind.NUMBER
        return
    kind = kind_by_check(digits, Kind.PHONE, run.written)
    if _is_list(run) or (kind is Kind.PHONE and _is_amount(run) and not run.plans.have(digits)):
        return
    if kind is not Kind.PHONE:
        yield run.start, run.end, kind
    elif _is_release(run):
        return
    elif len(digits) <= MOST_PHONE:
        yield run.start, run.end, Kind.PHONE
    else:
        yield from _long(run, digits)


def _is_release(run: Run) -> bool:
    if is_long_version(run.scan, run.start, run.end):
        return True
    numbered = is_build(run.scan, run.written) or is_version(run.scan, run.start, run.end)
    return numbered and not run.plans.have(run.digits)


def _is_explained(run: Run) -> bool:
    if b"+" in run.written or b"(" in run.written:
        return False
    return _is_counting(run) or _is_amount(run) or is_short_and_harmless(run.scan, run.start, run.end)


def _is_short_phone(run: Run, digits: bytes) -> bool:
    """7 or 8 digits: after a plus, or as 555-0143. Others may be anything."""
    if len(digits) < FEWEST_LOCAL:
        return False
    if b"+" in run.written:
        return is_phone(digits, plus=True)
    return _LOCAL.fullmatch(run.written) is not None


def _is_list(run: Run) -> bool:
    """Years, or sizes: never a phone, even where the numbering plan has such a number."""
    return YEARS.fullmatch(run.written) is not None or _is_counting(run)


def _is_amount(run: Run) -> bool:
    written = run.written
    if AMOUNTS.fullmatch(written) is not None:
        return b"." in written
    if len(run.digits) > LONGEST_COUNTED:
        return False
    explained = is_money(run.scan, run.start, run.end) or is_counted(run.scan, run.start, run.end)
    return THOUSANDS.fullmatch(written) is not None and explained


def _is_counting(run: Run) -> bool:
    """Four or more groups, each the same step above the last: "36 37 38 39 40"."""
    values = run.written.translate(_SPACED).split()
    if len(values) < 4 or any(len(value) > 4 for value in values):
        return False
    steps = {int(after) - int(before) for before, after in pairwise(values)}
    return len(steps) == 1 and steps.pop() > 0


def _long(run: Run, digits: bytes) -> Iterator[Verdict]:
    """More digits than a phone has: cards and phones side by side, or one number."""
    groups = run.groups()
    if all(b - a >= FEWEST for a, b in groups):
        for start, end in groups:
            yield start, end, _kind(run.scan[start:end])
        return
    card = _card_inside(run, groups) if len(digits) <= LONGEST_MIXED and len(groups) <= MOST_GROUPS else None
    if card is None:
        yield run.start, run.end, Kind.NUMBER
        return
    yield (*card, Kind.CARD)
    yield from _beside(run.part(run.start, card[0]))
    yield from _beside(run.part(card[1], run.end))


def _kind(digits: bytes) -> Kind:
    return kind_by_check(digits, Kind.PHONE if len(digits) <= MOST_PHONE else Kind.NUMBER)


def _card_inside(run: Run, groups: list[Found]) -> Found | None:
    """The first stretch of whole groups that is a card."""
    digits = run.digits
    counts = [0, *accumulate(end - start for start, end in groups)]
    for first, before in enumerate(counts[:-1]):
        if digits[before : before + 1] not in _CARDS_BEGIN:
            continue
        for last in range(first, len(groups)):
            length = counts[last + 1] - before
            if length > CARD_DIGITS[-1]:
                break
            if length >= CARD_DIGITS[0] and is_card(digits[before : before + length]):
                return groups[first][0], groups[last][1]
    return None


def _beside(run: Run) -> Iterator[Verdict]:
    """What stands beside a card in one run is masked too: an expiry, a security code, a phone."""
    groups = run.groups()
    if not groups:
        return
    beside = run.part(groups[0][0], groups[-1][1])
    if len(beside.digits) >= FEWEST:
        yield from _plain(beside)
        return
    *others, last = groups
    # Three or four digits at the end are the security code, which nobody may keep.
    code = last[1] - last[0] in (3, 4)
    if code:
        yield (*last, Kind.CVV)
    if others or not code:
        yield beside.start, others[-1][1] if code else beside.end, Kind.NUMBER
