"""A message becomes segments here: plain text, and tokens that stand for values nobody but the vault knows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a masked value is; of two finds of equal length the kind named first wins. At most 12 letters."""

    CARD = "card"  # the vault keeps its last four digits only
    CVV = "cvv"  # dropped, as are the next four: never stored anywhere
    EXPIRY = "expiry"  # a card's last month
    PIN = "pin"
    CODE = "code"  # a one-time code
    PASSWORD = "password"  # noqa: S105 - a kind
    IBAN = "iban"  # bank accounts, IBAN or not
    DNI = "dni"  # DNI and NIE
    SSN = "ssn"
    DOCUMENT = "document"  # passports, licences, other identity numbers
    EMAIL = "email"
    URL = "url"
    IP = "ip"
    MAC = "mac"  # hardware addresses
    HANDLE = "handle"  # user names, here and on other platforms
    PHONE = "phone"
    ACCOUNT = "account"  # customer, account, order, booking, policy and claim numbers
    SECRET = "secret"  # noqa: S105 - answers to security questions
    BIRTHDATE = "birthdate"
    POSTCODE = "postcode"
    ADDRESS = "address"
    NAME = "name"
    NUMBER = "number"  # a number that nothing harmless explains
    KNOWN = "known"  # given beforehand, of no kind of ours
    BRAND = "brand"  # found by a pattern of the brand's own
    SOLICITATION = "solicitation"  # an expert's words that lead away from here; blocked, never a value


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of a message that anybody in the room may read."""

    text: str


@dataclass(frozen=True, slots=True)
class Token:
    """A masked value: the n-th (from 1) of its kind in this chat. An expert's own has none (0): it is kept nowhere."""

    kind: Kind
    n: int


Segment = Text | Token


def to_json(segments: Iterable[Segment]) -> list[dict[str, object]]:
    """Segments as the wire protocol writes them: `{"text": ...}` or `{"token": kind, "n": n}`, the latter without `n`
    where it has no number."""
    return [_shape(segment) for segment in segments]


def _shape(segment: Segment) -> dict[str, object]:
    if isinstance(segment, Text):
        return {"text": segment.text}
    return {"token": segment.kind.value, "n": segment.n} if segment.n else {"token": segment.kind.value}


def from_json(shapes: Iterable[Mapping[str, object]]) -> tuple[Segment, ...]:
    """The opposite of `to_json`. Raises ValueError for anything `to_json` does not write, without quoting it."""
    return tuple(_segment(shape) for shape in shapes)


def _segment(shape: Mapping[str, object]) -> Segment:
    match shape:
        case {"text": str(text), **rest} if not rest:
            return Text(text)
        case {"token": str(kind), "n": int(n), **rest} if not rest and kind in set(Kind) and n > 0 and n is not True:
            return Token(Kind(kind), n)
        case {"token": str(kind), **rest} if not rest and kind in set(Kind):
            return Token(Kind(kind), 0)
    raise ValueError("A segment is {text} or {token, n} with a known kind and n from 1, if any.")


def bracketed(token: Token) -> str:
    """A token as plain words, e.g. `[email 1]`."""
    return f"[{token.kind.value} {token.n}]" if token.n else f"[{token.kind.value}]"


def plain(segments: Iterable[Segment], label: Callable[[Token], str] = bracketed) -> str:
    """The segments as one string, each token written by `label`."""
    return "".join(segment.text if isinstance(segment, Text) else label(segment) for segment in segments)
