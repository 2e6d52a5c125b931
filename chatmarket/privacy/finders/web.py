"""E-mail addresses, links and network addresses are found here."""

from collections.abc import Iterator
from ipaddress import AddressValueError, IPv6Address

from chatmarket.privacy.finders.harmless import is_everywhere, is_release
from chatmarket.privacy.finders.vocabulary import alternation, gathered
from chatmarket.privacy.patterns import Found, pattern, places
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import Skeleton

_LABEL = r"[a-z0-9\xff_-]+"
_DOT = r"[\[({]?\.[\])}]?"
_LOCAL = r"""(?:"[^"\n]{1,64}"|[a-z0-9\xff!#$%&'*+/=?^_`{|}~.\\-]+)"""
_EMAIL = pattern(
    rf"{_LOCAL}(?: ?[\[({{]?@[\])}}]? ?{_LABEL}(?:{_DOT}{_LABEL})+|@[a-z\xff][a-z0-9\xff_-]{{2,}})",
)
_TAIL = r"""[^\x00-\x20<>"`]"""
_LINK = pattern(
    rf"[a-z][a-z0-9+.-]*://{_TAIL}+"
    rf"|\bwww[0-9]?\.[a-z0-9\xff]{_TAIL}*"
    rf"|{_LABEL}(?:{_DOT}{_LABEL})+(?::[0-9]{{1,5}})?(?:[/?#]{_TAIL}*)?",
)
_IP4 = pattern(rf"\b[0-9]{{1,3}}(?:{_DOT}[0-9]{{1,3}}){{3}}\b")
_COLONS = 7
_MOST_CHECKED = 50
# Eight pairs are a hardware address.
_HARDWARE = pattern(r"[0-9a-f]{2}(?::[0-9a-f]{2}){7}")
_IP6 = pattern(r"[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,8}(?:\.[0-9]{1,3}){0,3}")

# A compact list: endings that people type without `www.` or a scheme. All others need one of the two.
_SURE = frozenset({"com", "net", "org"})
_ENDINGS = """
info biz eu uk fr mx ar cl pt nl ch se dk fi pl ie ca br pe uy ec ve bo py cr gt pa cu hn sv ni au nz jp cn ru
cat gal es me de it io co tv fm ai gg ly cc app dev shop online site store blog cloud tech xyz club live link
page top vip pro gov edu gob mil mobi name travel example
"""
_PLAUSIBLE = frozenset(_ENDINGS.split())
# Those that people say or spell out.
SPOKEN_ENDINGS = frozenset(["com", "net", "org", "es", "io", "info", "biz", "eu", "co", "shop", "store"])
# Also words that begin a sentence; after a forgotten space ("stop.it is") only a path makes them an ending.
_WORDS = frozenset(gathered("web", "words"))
# "No va.es que", "hola.me llamo": what follows a forgotten space. Few, because after a real name these leak it.
_GOES_ON = pattern(rf"(?:{alternation(gathered('web', 'goes_on'), ' ')})\b")
_CLOSING = b".,;:!?'*_~"
_PAIRS = {b")": b"(", b"]": b"[", b"}": b"{"}
_BRACKETS = b"[](){}"
_EDGE = b"!#$%&'*/=?^`{|}~.-"


def emails(bones: Skeleton) -> Iterator[Found]:
    """`local@domain`, spaced or bracketed too (`ana [@] example[.]com`), and `local@provider` without an ending."""
    if b"@" not in bones.scan:
        return
    for start, end in places(_EMAIL, bones.scan):
        local = bones.scan[start:end]
        yield start + len(local) - len(local.lstrip(_EDGE)), end


def links(bones: Skeleton) -> Iterator[Found]:
    """Anything with a scheme, `www.` names, and bare names with a plausible ending, each with its path."""
    if b"." not in bones.scan and b"://" not in bones.scan:
        return
    for start, end in places(_LINK, bones.scan):
        found = bones.scan[start:end]
        if b"://" in found or found.startswith(b"www"):
            yield start, start + len(_closed(found))
            continue
        length = _domain(bones, start, found)
        if length:
            yield start, start + length


def _closed(found: bytes) -> bytes:
    """Without the punctuation of the sentence around it."""
    while found:
        last = found[-1:]
        if last not in _CLOSING and not (last in _PAIRS and found.count(last) > found.count(_PAIRS[last])):
            break
        found = found[:-1]
    return found


def _domain(bones: Skeleton, start: int, found: bytes) -> int:
    """How much of a dotted name, from its start, is a link: 0 for none."""
    if bones.scan[start - 1 : start] == b"@":
        return 0
    name = found
    for sign in (b"/", b"?", b"#", b":"):
        name = name.partition(sign)[0]
    labels = [label.strip(_BRACKETS).decode("latin-1") for label in name.split(b".")]
    if _ends_a_name(bones, start, labels, name, path=len(found) > len(name)):
        return len(_closed(found))
    return _sure_part(labels, name)


def _ends_a_name(bones: Skeleton, start: int, labels: list[str], name: bytes, *, path: bool) -> bool:
    ending, before = labels[-1], labels[-2]
    if ending in _SURE:
        return bool(before)
    if not before.strip("0123456789-_"):
        return False
    if path:
        return ending in _PLAUSIBLE or ending in _WORDS
    if ending not in _PLAUSIBLE or len(before) < 2:
        return False
    at = start + len(name) - len(ending)
    forgotten = len(labels) == 2 and before.isalpha() and _GOES_ON.match(bones.scan, at) is not None
    return not forgotten and not _begins_a_sentence(bones, at)


def _begins_a_sentence(bones: Skeleton, at: int) -> bool:
    """Whether a capital and then a small letter stand there: "the app.Me too"."""
    first, second = (bones.original[bones.way_back(i, i + 1)[0]] for i in (at, at + 1))
    return first.isupper() and second.islower()


def _sure_part(labels: list[str], name: bytes) -> int:
    """`example.com.Thanks`: the length up to a sure ending inside the name."""
    for at in range(len(labels) - 2, 0, -1):
        if labels[at] in _SURE and labels[at - 1]:
            return len(b".".join(name.split(b".")[: at + 1]))
    return 0


def ips(bones: Skeleton) -> Iterator[Found]:
    """IPv4 of four bytes (so not `3.11.7`) and IPv6 with at least one decimal digit (so not `abc::def`)."""
    scan = bones.scan
    for start, end in places(_IP4, scan):
        octets = scan[start:end].translate(None, _BRACKETS).split(b".")
        right = all(int(octet) <= 255 for octet in octets) and not _is_longer(scan, start, end)
        if right and not is_everywhere(b".".join(octets)) and not is_release(scan, start):
            yield start, end
    if scan.count(b":") < 2:
        return
    for at, (start, end) in enumerate(places(_IP6, scan)):
        if _HARDWARE.fullmatch(scan[start:end]) is not None:
            continue
        # Checking takes 10 us; whoever writes so many is not asked for the fine points.
        if not _is_word(scan, start, end) and (at >= _MOST_CHECKED or _is_ip6(scan[start:end].decode("ascii"))):
            yield start, end


def _is_longer(scan: bytes, start: int, end: int) -> bool:
    """Whether the dotted number goes on: five groups are no address."""
    return scan[start - 1 : start] == b"." or (scan[end : end + 1] == b"." and scan[end + 1 : end + 2].isdigit())


def _is_word(scan: bytes, start: int, end: int) -> bool:
    return scan[start - 1 : start].isalnum() or scan[end : end + 1].isalnum()


def _is_ip6(text: str) -> bool:
    if not any(letter.isdigit() for letter in text) or ("::" not in text and text.count(":") != _COLONS):
        return False
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True


FINDERS = ((Kind.EMAIL, emails), (Kind.URL, links), (Kind.IP, ips))
