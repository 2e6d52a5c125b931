"""Who hears of a chat, and in which order."""

from collections.abc import Iterable

from matching.candidates import Candidate, Need
from matching.qualification import refusal


def hears(candidates: Iterable[Candidate], need: Need) -> list[Candidate]:
    """Everyone qualified for `need`, the best reputation first; between equals the lower expert id.

    This is the broadcast policy: one ring that holds everybody.
    """
    qualified = (candidate for candidate in candidates if refusal(candidate, need) is None)
    return sorted(qualified, key=lambda candidate: (-candidate.mu, candidate.expert))
