"""What leaves the house for other people's machines: mail, pushes and webhooks, each guarded, bounded in time and size.

These know nothing of brands or experts: finished words go in, and what became of them comes out.
"""

from dataclasses import dataclass

from chatmarket.outside.letters import Letters
from chatmarket.outside.pushes import Pushes
from chatmarket.outside.street import Street


@dataclass(frozen=True, slots=True)
class Outside:
    """The ways out that this installation has; None where the settings name none."""

    street: Street
    letters: Letters | None
    pushes: Pushes | None
