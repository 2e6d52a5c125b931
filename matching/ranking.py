"""Who hears of a chat, and in which order."""

from collections.abc import Iterable

from matching.candidates import Candidate, Need
from matching.qualification import qualified


def hears(candidates: Iterable[Candidate], need: Need) -> list[Candidate]:
    """Everyone qualified for `need`, the best reputation first; between equals the lower expert id.

    This is the broadcast policy: one ring that holds everybody.
    """
    return sorted(qualified(candidates, need), key=lambda candidate: (-candidate.mu, candidate.expert))
