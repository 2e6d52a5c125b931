"""What holds for every story."""

from tests.serving import nothing_goes_wrong_unseen

__all__ = ["nothing_goes_wrong_unseen"]
