"""Whether a claim is good: the expert must be qualified, and the chat must still be waiting."""

from matching.candidates import Candidate, Need
from matching.qualification import Refusal, refusal


def judge(need: Need, candidate: Candidate) -> Refusal | None:
    """Why `candidate` may not have `need`, or None: the claim is good as far as these values tell.

    Between equals the database decides, by changing the chat's row only while it is still waiting. FOREIGN comes
    before TAKEN: whether another brand's chat is taken is nobody's business.
    """
    reason = refusal(candidate, need)
    if reason is Refusal.FOREIGN or need.waits:
        return reason
    return Refusal.TAKEN
