"""What can become of something sent out, in the one word that is kept."""


class NotSent(Exception):
    """It did not arrive; `word` says why. Trying again later may help."""

    def __init__(self, word: str) -> None:
        self.word = word
        super().__init__(word)


class Never(NotSent):
    """And no later try will change that."""


class Gone(Never):
    """The place it was for is no more."""


def judged(status: int) -> None:
    """Raises what an HTTP status means for what was posted; a redirect is refused, for it may lead anywhere."""
    if 200 <= status < 300:
        return
    word = f"http_{status}"
    if status in (404, 410):
        raise Gone(word)
    if status in (408, 425, 429) or status >= 500:
        raise NotSent(word)
    raise Never(word)
