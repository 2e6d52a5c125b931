"""How a reward grows while its chat waits, and how it is shared between the expert and the house, to the cent."""

from dataclasses import dataclass

EXPERT_SHARE = 70  # percent


def split(reward_cents: int, share_percent: int = EXPERT_SHARE) -> tuple[int, int]:
    """The expert's part and the fee, in cents of the reward's currency; together exactly `reward_cents`.

    The expert's part is `share_percent` percent, rounded half to even so that over many rewards neither side gains;
    the fee is the remainder. 200 gives (140, 60). Raises ValueError on a negative reward or a share outside 0 to 100.
    """
    if reward_cents < 0:
        raise ValueError(f"a reward cannot be negative; got {reward_cents} cents")
    if not 0 <= share_percent <= 100:
        raise ValueError(f"a share lies between 0 and 100 percent; got {share_percent}")
    expert = _hundredth(reward_cents * share_percent)
    return expert, reward_cents - expert


@dataclass(frozen=True, slots=True)
class Ramp:
    """How a waiting chat's reward grows. Paying for waiting, not for choosing, keeps hard chats from starving."""

    after_seconds: float = 60.0  # most chats are claimed long before, and cost no more
    percent_per_minute: int = 10
    most_percent: int = 100  # at eleven minutes twice the reward; then it is the brand's own staff who are needed

    def __post_init__(self) -> None:
        if self.after_seconds < 0 or self.percent_per_minute < 0 or self.most_percent < 0:
            raise ValueError(f"a ramp neither starts before the question nor falls; got {self}")


def ramped(reward_cents: int, waited_seconds: float, ramp: Ramp, budget_cents: int | None = None) -> int:
    """The reward in cents after so many seconds of waiting: +10 % a minute from the first on, at most doubled.

    Cents are rounded down. `budget_cents` is the most the brand can pay for this chat; it keeps a reward from growing,
    never makes it smaller than it was announced. Raises ValueError on a negative reward. Research 2.3.6.
    """
    if reward_cents < 0:
        raise ValueError(f"a reward cannot be negative; got {reward_cents} cents")
    minutes = max(0.0, waited_seconds - ramp.after_seconds) / 60
    percent = min(ramp.most_percent, minutes * ramp.percent_per_minute)
    grown = reward_cents + int(reward_cents * percent / 100)
    return grown if budget_cents is None else max(reward_cents, min(grown, budget_cents))


def _hundredth(amount: int) -> int:
    whole, rest = divmod(amount, 100)
    up = rest > 50 or (rest == 50 and whole % 2 == 1)
    return whole + up
