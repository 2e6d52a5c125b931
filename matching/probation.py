"""How many chats an expert may have at once, and what follows from keeping a customer waiting."""

from collections.abc import Iterable

PROBATION_RATINGS = 20  # before them the gate can hardly tell a bad newcomer from an unlucky one
NEWCOMER_CAPACITY = 1
USUAL_CAPACITY = 2
TOP_CAPACITY = 3
TOP_SHARE = 0.1  # the best tenth of a brand's experts

FIRST_REPLY_SECONDS = 30.0  # a customer who was promised an expert looks at the screen this long
FREE_RETURNS = 2  # chats handed back in 30 days before it is asked why
STRIKES = 2  # claims without a word in one hour before a rest
STRIKE_SECONDS = 3600.0
COOLING_SECONDS = 600.0


def on_probation(ratings: int) -> bool:
    """Whether the expert is among the newcomers of the brand, by the count of ratings there."""
    return ratings < PROBATION_RATINGS


def capacity(ratings: int, *, rank: float = 1.0, reentered: bool = False, wished: int | None = None) -> int:
    """Chats at once: 1 for newcomers and after a way back, 3 for the best tenth, else 2; less when the expert says so.

    `rank` is the place among the brand's experts, from 0 (the best) to 1. `wished` below 1 is refused with ValueError:
    who wants no chat pauses.
    """
    if wished is not None and wished < 1:
        raise ValueError(f"an expert takes at least one chat at once, or pauses; got {wished}")
    if reentered or on_probation(ratings):
        allowed = NEWCOMER_CAPACITY
    else:
        allowed = TOP_CAPACITY if rank < TOP_SHARE else USUAL_CAPACITY
    return allowed if wished is None else min(allowed, wished)


def cooling_until(strikes: Iterable[float], now: float) -> float | None:
    """Until when (seconds) an expert hears no offers: ten minutes from the second strike of an hour; None when free."""
    recent = sorted(at for at in strikes if at <= now and now - at < STRIKE_SECONDS + COOLING_SECONDS)
    pairs = zip(recent, recent[STRIKES - 1 :], strict=False)
    until = max((last + COOLING_SECONDS for first, last in pairs if last - first < STRIKE_SECONDS), default=now)
    return until if until > now else None


def return_counts(earlier: int) -> bool:
    """Whether handing a chat back is noted against taking more: not the first times in thirty days."""
    return earlier >= FREE_RETURNS
