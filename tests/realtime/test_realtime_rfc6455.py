"""Bytes of clients, well and badly behaved, are read as the `websockets` library reads them."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from realtime import rfc6455
from realtime.rfc6455 import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Reader, Violation

MOST = 16 * 1024
MASK = b"\x01\x80\x7f\xff"


def bytes_of(opcode, payload=b"", *, fin=True, reserved=0, mask=MASK, length=None, wide=0):
    """A client's frame, with whatever lie in it."""
    told = len(payload) if length is None else length
    wide = wide or (0 if told < 126 else 2 if told < 65536 else 8)
    size = bytes([{0: told, 2: 126, 8: 127}[wide] | (0x80 if mask else 0)]) + (told.to_bytes(wide) if wide else b"")
    masked = bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload)) if mask else payload
    return bytes([(0x80 if fin else 0) | reserved << 4 | opcode]) + size + mask + masked


def ours(chunks):
    """(messages and control frames, close code or None) as our reader sees them."""
    reader, heard = Reader(MOST), []
    try:
        for chunk in chunks:
            for opcode, payload in reader.feed(chunk):
                if opcode == CLOSE:
                    return heard, rfc6455.close_code(payload)
                heard.append((opcode, payload))
    except Violation as broken:
        return heard, broken.code
    return heard, None


def theirs(chunks):
    """The same, as the library sees them."""
    line, heard, parts, opcode = ServerProtocol(state=State.OPEN, max_size=MOST), [], [], None
    for chunk in chunks:
        line.receive_data(chunk)
        for frame in line.events_received():
            if frame.opcode in (Opcode.PING, Opcode.PONG):
                heard.append((int(frame.opcode), bytes(frame.data)))
            elif frame.opcode is not Opcode.CLOSE:
                opcode = opcode if frame.opcode is Opcode.CONT else frame.opcode
                parts.append(bytes(frame.data))
                if frame.fin:
                    message, parts = b"".join(parts), []
                    try:
                        heard.append((int(opcode), message.decode() if opcode is Opcode.TEXT else message))
                    except UnicodeDecodeError:
                        return heard, CloseCode.INVALID_DATA
    return heard, line.close_sent.code if line.close_sent else None


def in_bytes(stream):
    return [stream[n : n + 1] for n in range(len(stream))]


HELLO = bytes_of(TEXT, b"hello")
CASES = {
    "text": HELLO,
    "empty": bytes_of(TEXT),
    "several": HELLO + bytes_of(TEXT, "ñandú €".encode()) + bytes_of(BINARY, b"\x00\xff"),
    "just small": bytes_of(TEXT, b"x" * 125),
    "just wide": bytes_of(TEXT, b"x" * 126),
    "a wide length for little": bytes_of(TEXT, b"abc", wide=2),
    "a widest length for little": bytes_of(TEXT, b"abc", wide=8),
    "as large as allowed": bytes_of(TEXT, b"x" * MOST),
    "one byte too large": bytes_of(TEXT, b"x" * (MOST + 1)),
    "a length that lies": bytes_of(TEXT, b"abc", length=2**40, wide=8),
    "a length beyond all": bytes_of(TEXT, b"abc", length=2**63 + 1, wide=8),
    "fragments": bytes_of(TEXT, b"he", fin=False) + bytes_of(CONTINUATION, b"l", fin=False) + bytes_of(0, b"lo"),
    "a character cut in two": bytes_of(TEXT, b"\xc3", fin=False) + bytes_of(CONTINUATION, b"\xb1"),
    "fragments too large": bytes_of(TEXT, b"x" * MOST, fin=False) + bytes_of(CONTINUATION, b"x"),
    "pings between fragments": bytes_of(TEXT, b"a", fin=False) + bytes_of(PING, b"?") + bytes_of(CONTINUATION, b"b"),
    "ping and pong": bytes_of(PING, b"x" * 125) + bytes_of(PONG),
    "a ping too large": bytes_of(PING, b"x" * 126),
    "a ping in parts": bytes_of(PING, b"x", fin=False),
    "a close too large": bytes_of(CLOSE, b"\x03\xe8" + b"x" * 124),
    "a continuation of nothing": bytes_of(CONTINUATION, b"x"),
    "a text inside a text": bytes_of(TEXT, b"a", fin=False) + HELLO,
    "nothing continued after the end": bytes_of(TEXT, b"a", fin=False) + bytes_of(0, b"b") + bytes_of(0, b"c"),
    "not masked": bytes_of(TEXT, b"hello", mask=b""),
    "a ping not masked": bytes_of(PING, mask=b""),
    "not UTF-8": bytes_of(TEXT, b"\xff\xfe"),
    "a surrogate": bytes_of(TEXT, b"\xed\xa0\x80"),
    "not UTF-8 in fragments": bytes_of(TEXT, b"\xc3", fin=False) + bytes_of(CONTINUATION, b"("),
    "good before bad": HELLO + bytes_of(3),
    "closed": bytes_of(CLOSE) + HELLO,
    "half a frame": HELLO[:-1],
    "half a head": HELLO[:1],
    **{f"reserved {bits}": bytes_of(TEXT, b"a", reserved=bits) for bits in range(1, 8)},
    **{f"opcode {code}": bytes_of(code, b"a") for code in (*range(3, 8), *range(11, 16))},
    **{
        f"close {code}": bytes_of(CLOSE, code.to_bytes(2) + "adiós".encode())
        for code in (0, 999, *range(1000, 1017), 1100, 2000, 2999, 3000, 3999, 4000, 4401, 4999, 5000, 65535)
    },
    "a close of one byte": bytes_of(CLOSE, b"\x03"),
    "a close not in UTF-8": bytes_of(CLOSE, b"\x03\xe8\xff"),
}


@pytest.mark.parametrize("stream", CASES.values(), ids=CASES)
def test_a_stream_is_read_as_the_library_reads_it(stream):
    assert ours([stream]) == theirs([stream])
    assert ours(in_bytes(stream)) == theirs([stream])


FRAMES = st.builds(
    bytes_of,
    st.sampled_from([TEXT] * 4 + [BINARY, CONTINUATION, CONTINUATION, PING, PONG, CLOSE, 3, 11]),
    st.one_of(st.text(max_size=200).map(str.encode), st.binary(max_size=140)),
    fin=st.sampled_from([True, True, True, False]),
    reserved=st.sampled_from([0] * 20 + [1, 4]),
    mask=st.sampled_from([MASK] * 20 + [b"\x00" * 4, b""]),
)


@settings(max_examples=400, deadline=None)
@example(b"\x81\x80\x01\x80\x7f\xff\x01\x80\x01\x80\x7f\xff\x88\x80\x01\x80\x7f\xff", [])  # a close inside a message
@given(st.lists(FRAMES, max_size=12).map(b"".join), st.lists(st.integers(1, 60), max_size=30))
def test_whatever_comes_in_whatever_pieces_is_read_as_the_library_reads_it(stream, sizes):
    chunks, rest = [], stream
    for size in sizes:
        chunks.append(rest[:size])
        rest = rest[size:]
    assert ours([*chunks, rest]) == theirs([stream])


@given(st.binary(max_size=300))
def test_noise_never_raises_anything_but_a_violation(noise):
    ours([noise])


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 100_000])
def test_what_we_write_is_what_the_library_writes(size):
    assert rfc6455.frame(TEXT, b"x" * size) == Frame(Opcode.TEXT, b"x" * size).serialize(mask=False)


def test_a_close_frame_keeps_its_reason_within_a_control_frame():
    assert rfc6455.close_frame(1009, "too large") == b"\x88\x0b\x03\xf1too large"
    assert rfc6455.close_frame(1005) == b"\x88\x00"
    assert len(rfc6455.close_frame(1009, "ñ" * 100)) <= 2 + 125
