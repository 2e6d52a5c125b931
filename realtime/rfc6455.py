"""The bytes of a WebSocket (RFC 6455) after its handshake, without compression: what a server reads and writes."""

from collections.abc import Iterator
from typing import Final

from websockets.frames import apply_mask  # type: ignore[attr-defined]  # the compiled one where there is one

CONTINUATION: Final = 0x0
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

MOST_FRAGMENTS: Final = 64  # of one message: empty continuation frames pass every size limit
LARGEST_CONTROL: Final = 125  # bytes, RFC 6455, 5.5
MOST_CONTROLS: Final = 100  # of a peer between two rounds of the keepalive: honest ones send a few
TOO_FAST: Final = 1008
NO_CODE: Final = 1005  # the peer closed without saying why

_FIN, _RESERVED, _OPCODE, _MASKED, _LENGTH = 0x80, 0x70, 0x0F, 0x80, 0x7F
_NEVER_SENT = {1004, 1005, 1006, 1015}  # RFC 6455, 7.4.1


class Violation(Exception):
    """The peer broke the protocol; close with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def frame(opcode: int, payload: bytes) -> bytes:
    """One whole unmasked frame, as a server sends it."""
    length = len(payload)
    if length < 126:
        return bytes((_FIN | opcode, length)) + payload
    if length < 65536:
        return bytes((_FIN | opcode, 126)) + length.to_bytes(2) + payload
    return bytes((_FIN | opcode, 127)) + length.to_bytes(8) + payload


def message_frame(text: str | None, content: bytes | None) -> bytes:
    """The frame of a message, which is either text or bytes."""
    return frame(BINARY, content) if content is not None else frame(TEXT, (text or "").encode())


def close_frame(code: int, reason: str = "") -> bytes:
    """A close frame; 1005 says nothing, as it came. A reason that is too long for a control frame is cut."""
    if code == NO_CODE:
        return frame(CLOSE, b"")
    told = reason.encode()[: LARGEST_CONTROL - 2].decode(errors="ignore")
    return frame(CLOSE, code.to_bytes(2) + told.encode())


def close_code(payload: bytes) -> int:
    """The code in the close frame of a peer. Raises Violation for what no peer may send."""
    if not payload:
        return NO_CODE
    code = int.from_bytes(payload[:2])
    _text(payload[2:])
    if len(payload) < 2 or not (1000 <= code < 1015 or 3000 <= code < 5000) or code in _NEVER_SENT:
        raise Violation(1002, "bad close code")
    return code


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError as broken:
        raise Violation(1007, "not UTF-8") from broken


class Reader:
    """Makes whole messages and control frames of what a client sends; messages hold at most `most` bytes.

    Unless `most_controls` is None, more control frames than that between two calls of `renew` are a Violation.
    """

    __slots__ = ("_controls", "_most", "_most_controls", "_opcode", "_parts", "_rest", "_size")

    def __init__(self, most: int, most_controls: int | None = None) -> None:
        self._most, self._most_controls = most, most_controls
        self._controls = 0
        self._rest = b""  # the beginning of a frame; at most one largest frame, for its length is checked first
        self._opcode, self._size = CONTINUATION, 0  # of the fragmented message that is under way
        self._parts: list[bytes] | None = None

    def renew(self) -> None:
        """From now on the peer may send as many control frames again."""
        self._controls = 0

    def feed(self, received: bytes) -> Iterator[tuple[int, str | bytes]]:
        """(opcode, text or bytes) of each message and control frame that is whole now. Raises Violation."""
        stream = self._rest + received if self._rest else received
        at, end = 0, len(stream)
        while end - at >= 2:
            head, length = self._measured(stream, at)
            start = at + head
            if end < start + length:
                break
            first = stream[at]
            at = start + length
            self._rest = b""
            whole = self._whole(first, apply_mask(stream[start:at], stream[start - 4 : start]))
            if whole is not None:
                yield whole
        self._rest = stream[at:]

    def _measured(self, stream: bytes, at: int) -> tuple[int, int]:
        """Bytes of head (mask included) and of payload of the frame at `at`, which may not be here whole yet."""
        first, length = stream[at], stream[at + 1] & _LENGTH
        if first & _RESERVED:
            raise Violation(1002, "reserved bits")
        if not stream[at + 1] & _MASKED:
            raise Violation(1002, "not masked")
        head = 6
        if length > LARGEST_CONTROL and not first & CLOSE:
            wide = 2 if length == 126 else 8
            head += wide
            if len(stream) - at < 2 + wide:
                return head, 0  # the length itself is not here yet; so neither is the head
            length = int.from_bytes(stream[at + 2 : at + 2 + wide])
        self._check(first, length)
        return head, length

    def _check(self, first: int, length: int) -> None:
        opcode = first & _OPCODE
        if opcode > PONG or BINARY < opcode < CLOSE:
            raise Violation(1002, "unknown opcode")
        if opcode >= CLOSE:
            if length > LARGEST_CONTROL or not first & _FIN:
                raise Violation(1002, "control frames are small and whole")
            if opcode == CLOSE and self._parts is not None:
                raise Violation(1002, "a message is unfinished")
        elif (opcode == CONTINUATION) is (self._parts is None):
            raise Violation(1002, "fragments out of order")
        elif length + self._size > self._most:
            raise Violation(1009, "too large")

    def _whole(self, first: int, payload: bytes) -> tuple[int, str | bytes] | None:
        opcode = first & _OPCODE
        if opcode >= CLOSE:
            self._controls += 1
            if self._most_controls is not None and self._controls > self._most_controls:
                raise Violation(TOO_FAST, "too many control frames")
            return opcode, payload
        if self._parts is None and first & _FIN:
            return opcode, _text(payload) if opcode == TEXT else payload
        if self._parts is None:
            self._opcode, self._parts = opcode, []
        return self._joined(payload, last=bool(first & _FIN))

    def _joined(self, payload: bytes, *, last: bool) -> tuple[int, str | bytes] | None:
        assert self._parts is not None
        if len(self._parts) >= MOST_FRAGMENTS:
            raise Violation(1009, "too many fragments")
        self._parts.append(payload)
        self._size += len(payload)
        if not last:
            return None
        message, self._parts, self._size = b"".join(self._parts), None, 0
        return self._opcode, _text(message) if self._opcode == TEXT else message
