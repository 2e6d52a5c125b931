"""What the other side asked for is found here: personal data comes as a bare answer to a question."""

from chatmarket.privacy.dialogue import Dialogue
from chatmarket.privacy.segments import Kind

# A question stays open for so many messages of the customer's.
OPEN_FOR = 3


def asked(dialogue: Dialogue) -> frozenset[Kind]:
    """The kinds that the expert's open questions ask for."""
    return frozenset()
