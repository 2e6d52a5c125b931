"""Whether a claim is good, whose it is when several came, and which claims look like a script's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matching.candidates import Candidate, Need
from matching.chance import Dice
from matching.qualification import Refusal, refusal

PROMPT_SECONDS = 0.8  # nobody reads a question and decides in less
PROMPT_SHARE = 0.2  # of an expert's claims: one lucky click in five is a habit, one in ten is not
PROMPT_CLAIMS = 10  # before them a share says nothing
RATE_SECONDS = 10.0  # a claim takes a person longer than this to answer


def judge(need: Need, candidate: Candidate) -> Refusal | None:
    """Why `candidate` may not have `need`, or None: the claim is good as far as these values tell.

    Between equals the database decides, by changing the chat's row only while it is still waiting. FOREIGN comes
    before TAKEN: whether another brand's chat is taken is nobody's business.
    """
    reason = refusal(candidate, need)
    if reason is Refusal.FOREIGN or need.waits:
        return reason
    return Refusal.TAKEN


@dataclass(frozen=True, slots=True)
class Claim:
    """An expert's claim: when the offer was delivered and when it was claimed (seconds), and the expert's score."""

    expert: int
    delivered: float
    at: float
    score: float = 0.0

    @property
    def prompt(self) -> bool:
        """Faster than a person reads: such claims are counted, and wait for the end of a settle window."""
        return self.at - self.delivered < PROMPT_SECONDS


def winner(claims: Sequence[Claim], rng: Dice) -> Claim:
    """Who has the chat when a settle window closes: the best score, between equals by luck and never by arrival.

    A prompt claim wins only where nobody else came. Raises ValueError when there is no claim.
    """
    if not claims:
        raise ValueError("a settle window closes over at least one claim; got none")
    return max(claims, key=lambda claim: (not claim.prompt, claim.score, rng.random()))


def scripted(prompt: int, claims: int) -> bool:
    """Whether a person should look at who claims like this: more than a fifth of at least ten claims were prompt."""
    return claims >= PROMPT_CLAIMS and prompt > PROMPT_SHARE * claims


def too_many(earlier: Iterable[float], capacity: int, now: float, seconds: float = RATE_SECONDS) -> bool:
    """Whether one more claim exceeds the rate: as many in so many seconds as the expert may have chats at once."""
    return sum(now - at < seconds for at in earlier) >= capacity


def lost_by(claim: Claim, won: Claim) -> int:
    """By how many milliseconds `claim` came after the one that won; 0 when it came first and the window chose."""
    return max(0, round(1000 * (claim.at - won.at)))
