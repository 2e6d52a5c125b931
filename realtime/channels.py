"""The only place that spells the names of channels."""


def room(chat: int, audience: str, language: str) -> str:
    """One chat as one audience (customer, expert or staff) reads it: renderings never share a channel."""
    return f"room:{chat}:{audience}:{language}"


def lobby(expert: int) -> str:
    """The offers and the standing of one expert."""
    return f"lobby:{expert}"


def board(brand: int, language: str) -> str:
    """All chats of a brand, for its moderators who read this language."""
    return f"board:{brand}:{language}"


def login(session: int) -> str:
    """Every connection opened with one login, so that revoking it can hang them up."""
    return f"login:{session}"


def reviews(brand: int) -> str:
    """How much waits for a brand's people, reviews and cases: what a process remembers of it is counted anew."""
    return f"reviews:{brand}"
