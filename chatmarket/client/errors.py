"""What can go wrong between a client and the server.

ClientError
├── ApiError      the server answered a call, and refused
├── Unreachable   the server did not answer a call
├── Refused       the server closed a socket for good: sign in again, not allowed here, no such chat
├── Unsent        the server refused a message by an error frame; nothing was kept
└── Closed        this side closed the line before the answer came
"""

from __future__ import annotations


class ClientError(Exception):
    """The root of everything a client raises on purpose."""


class ApiError(ClientError):
    """A call was refused: HTTP status, the error's code, its text for people, and the field it is about."""

    def __init__(self, status: int, code: str, text: str, field: str | None = None) -> None:
        super().__init__(f"{status} {code}: {text}")
        self.status, self.code, self.text, self.field = status, code, text, field


class Unreachable(ClientError):
    """No whole answer came: no connection, a broken one, or none in time."""


class Refused(ClientError):
    """A socket was closed with a code that forbids coming back."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"closed for good with {code} {reason}".rstrip())
        self.code, self.reason = code, reason


class Unsent(ClientError):
    """A message was answered by an error frame instead of an ack."""

    def __init__(self, cid: str, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.cid, self.code, self.text = cid, code, text


class Closed(ClientError):
    """The line was closed here while something was still on its way."""
