"""How a reward is shared between the expert and the house, to the cent."""

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


def _hundredth(amount: int) -> int:
    whole, rest = divmod(amount, 100)
    up = rest > 50 or (rest == 50 and whole % 2 == 1)
    return whole + up
