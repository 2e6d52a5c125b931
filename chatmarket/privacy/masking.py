"""What a person typed becomes segments without values here, and the values new to the chat are set apart.

Fail closed: nothing here returns text after something went wrong. Every exception leaves `mask`, and whoever called
must then withhold the message and tell its sender.
"""

from dataclasses import dataclass, field
from functools import cache
from itertools import islice

from chatmarket.privacy import questions, solicitation
from chatmarket.privacy.alike import Joined, bare, beside, blotted, joined, look_alikes
from chatmarket.privacy.bursts import HERE, Place, burst, is_open
from chatmarket.privacy.dialogue import Dialogue, Hindsight, Turn
from chatmarket.privacy.finders import mails
from chatmarket.privacy.finders.detectors import detected
from chatmarket.privacy.known import Known, Lexicon
from chatmarket.privacy.ledger import Ledger, Wallet, canonical
from chatmarket.privacy.packs import language_of, languages
from chatmarket.privacy.past import Past, by_place, hindsights
from chatmarket.privacy.patterns import Found
from chatmarket.privacy.pieces import in_pieces
from chatmarket.privacy.reading import Reading
from chatmarket.privacy.rules import NEVER_ALLOWED, Rules, outside
from chatmarket.privacy.segments import Kind, Segment, Text
from chatmarket.privacy.skeleton import Skeleton, skeleton
from chatmarket.privacy.spans import MOST_FINDS, NOT_WHOLE, Span, crowd, cut, merged

__all__ = ["Known", "Masked", "Unsettled", "Wallet", "canonical", "mask", "prepare"]

# A value found once may be found again in other words of the same message. Two rounds settle all that people type.
ROUNDS = 8
EXPERT = "expert"
# Finds of one message that are compared with each other.
FEW = 8
# Experts say the same again and again: so many of their short messages in which nothing is to be found are remembered.
REMEMBERED = 4_096
LONGEST_REMEMBERED = 200
# What is found in pieces of addresses and user names, and tells no more than they do.
_IN_OTHERS = frozenset({Kind.NAME, Kind.HANDLE, Kind.URL, Kind.ADDRESS})


class Unsettled(RuntimeError):
    """The values of a message kept uncovering others; it must be withheld."""


@dataclass(frozen=True, slots=True)
class Masked:
    """A message without its values. `fresh` is for the vault; `kinds` names what was hidden, for its sender.

    A value in `fresh` is empty when it must be kept nowhere; its number is taken all the same. `spans` are the values'
    places in the message as it was typed. `hindsight` holds earlier turns that must be masked anew. `asks` are the
    kinds an expert's question asks for, and `pending` tells that a later message may complete a value begun here: who
    masks the next one must know this one. `solicits` are an expert's words that lead away from here; what has any must
    not be delivered at all.
    """

    segments: tuple[Segment, ...]
    fresh: tuple[Known, ...] = field(repr=False)
    kinds: tuple[Kind, ...]
    spans: tuple[Span, ...] = ()
    hindsight: tuple[Hindsight, ...] = ()
    asks: frozenset[Kind] = frozenset()
    pending: bool = False
    solicits: tuple[Span, ...] = ()

    @property
    def teaches(self) -> bool:
        """Whether the next message of the chat cannot be masked without knowing this one."""
        return bool(self.fresh or self.hindsight or self.asks or self.pending)


ALONE = Dialogue()


def mask(text: str, wallet: Wallet, dialogue: Dialogue = ALONE) -> Masked:
    """Replace every value in a message of at most 4,000 characters by a token numbered within the chat.

    The same kind and canonical value in the same chat has the same number; values new to the chat are numbered on from
    the wallet's. The vault keeps a value as it was first typed, so putting values back for tokens gives the exact text
    where each value stands in its first spelling, and an equal value elsewhere. The answer depends on nothing but the
    arguments, and masking the same text with a wallet grown by `fresh` gives equal segments and no fresh values, but
    for those that were dropped; for that `fresh` may hold a value that ended up inside a longer one.

    Raises TooLong (a ValueError) for a longer message, and Unsettled. Time is linear in the text and its dialogue.
    """
    whole = skeleton(text)
    alike = look_alikes(whole)
    bones = blotted(text, alike) if alike else whole
    finds = _found(bones, wallet, dialogue)
    parted = joined(text, alike) if alike else None
    if parted is not None:
        # "[email 1] is ana at lumen": words that look like a token still lead to what is said behind them.
        finds += [Span(*whole.way_back(*found), Kind.EMAIL, why="values") for found in mails.mails(whole)]
        finds = beside(_hidden(finds, dialogue.rules), alike, text)
        # "612 [pin 1] 345 678": what they part is one value. It takes them with it; nobody reads them there.
        finds += parted.across(_found(parted.bones, wallet, dialogue))
    earlier: list[tuple[Place, Span]] = []
    if dialogue.turns:
        for place, span in _over_messages(bones, wallet, dialogue, finds):
            if place == HERE:
                finds.append(span)
            else:
                earlier.append((place, span))
    masked = _settled(_Case(bones, wallet, dialogue, alike), text, finds, earlier)
    return _told(masked, whole, parted, dialogue)


def prepare() -> None:
    """Reads the language packs and compiles what is compiled once, so that nobody's first message waits for it."""
    for language in languages():
        for author in ("customer", EXPERT):
            before = (Turn(author, (Text("my number is 612"),)),)
            mask("Hello, 345 678 is it", Wallet(), Dialogue(author, language, before))


@dataclass(frozen=True, slots=True)
class _Case:
    bones: Skeleton
    wallet: Wallet
    dialogue: Dialogue
    alike: list[Found]


def _found(bones: Skeleton, wallet: Wallet, dialogue: Dialogue) -> list[Span]:
    """What stands in the message by itself, under the brand's rules."""
    rules = dialogue.rules
    reading = Reading(bones, language_of(dialogue.language), questions.asked(dialogue), dialogue.author)
    plain = _plain(reading.language) if dialogue.author == EXPERT else frozenset()
    finds = [] if bones.original in plain else detected(reading)
    is_plain = not finds
    if rules.patterns:
        # Before the brand's harmless words are taken out: those behind the last one looked at must not go unseen.
        named = list(islice(rules.found(bones), MOST_FINDS + 1))
        if len(named) > MOST_FINDS:
            return [crowd(bones)]
        finds += [Span(*bones.way_back(*found), Kind.BRAND, why="brand") for found in named]
    if finds and rules.allowed:
        finds = _not_allowed(finds, bones, rules)
    if wallet.entries:
        finds += wallet.lexicon.find(bones)
    if is_plain and not finds and dialogue.author == EXPERT:
        _remember(bones.original, reading.language)
    finds = _hidden(finds, rules)
    return finds if len(finds) <= MOST_FINDS else [crowd(bones)]


@cache
def _plain(language: str) -> set[str]:
    """Messages of experts in which nothing is to be found. What held a value, even a known one, is not among them."""
    return set()


def _remember(text: str, language: str) -> None:
    plain = _plain(language)
    if len(text) <= LONGEST_REMEMBERED and text not in plain:
        if len(plain) >= REMEMBERED:
            plain.clear()
        plain.add(text)


def _hidden(finds: list[Span], rules: Rules) -> list[Span]:
    # Before overlapping finds become one: what may be read must neither show nor name what may not.
    if not rules.visible:
        return finds
    readable = [(span.start, span.end) for span in finds if span.kind in rules.visible]
    left = [span for span in finds if span.kind not in rules.visible]
    if not readable:
        return left
    return [span for span in left if span.known or span.kind not in _IN_OTHERS or _is_more(span, readable)]


def _is_more(span: Span, readable: list[Found]) -> bool:
    """Whether a find is no mere part of something that may be read: the name in "ana@lumen.example" is one."""
    size = span.end - span.start
    return not any(start <= span.start and span.end <= end and size < end - start for start, end in readable)


def _not_allowed(finds: list[Span], bones: Skeleton, rules: Rules) -> list[Span]:
    permitted = [bones.way_back(*found) for found in rules.permits(bones)]
    return [span for span in finds if span.kind in NEVER_ALLOWED or outside(span.start, span.end, permitted)]


def _over_messages(bones: Skeleton, wallet: Wallet, dialogue: Dialogue, alone: list[Span]) -> list[tuple[Place, Span]]:
    """The pieces of values that only several messages together give away."""
    found = in_pieces(bones, dialogue, wallet)
    together = burst(bones, dialogue, wallet)
    if together is not None:
        whole = skeleton(together.text)
        reading = Reading(whole, language_of(dialogue.language), frozenset(), dialogue.author)
        spans = detected(reading)
        if spans and dialogue.rules.allowed:
            spans = _not_allowed(spans, whole, dialogue.rules)
        found += together.crossing(merged(_hidden(spans, dialogue.rules)), alone)
    return found


def _settled(case: _Case, text: str, finds: list[Span], earlier: list[tuple[Place, Span]]) -> Masked:
    """The message with its finds cut out, after looking again for each new value, here and in what was said before."""
    turns, alike = case.dialogue.turns, case.alike
    if not finds and not earlier:
        return Masked((Text(text),) if text else (), (), ())
    ledger = Ledger(case.wallet, case.dialogue.rules)
    past: Past | None = None
    have = {(span.start, span.end, span.kind) for span in finds}
    for _ in range(ROUNDS):
        spans = merged(finds)
        there = {place: merged(found) for place, found in by_place(earlier).items()}
        numbers, new = ledger.numbered((span.kind, bare(text, span.start, span.end, alike)) for span in spans)
        counted = {}
        for place, found in there.items():
            said = _said(case.dialogue, place)
            counted[place], more = ledger.numbered((span.kind, said[span.start : span.end]) for span in found)
            new += more
        lexicon = (Lexicon(new) or None) if new else None
        # Each new value is found where it stands; only what is found elsewhere changes anything.
        again = [] if lexicon is None else [one for one in lexicon.find(case.bones) if _place(one) not in have]
        again = [one for one in again if not _is_inside(one, finds)] if len(finds) <= FEW else again
        past = past or (Past(turns) if lexicon is not None and turns else None)
        before = list(past.find(lexicon)) if lexicon is not None and past is not None else []
        if not again and not before:
            kinds = tuple(dict.fromkeys(span.kind for span in spans))
            amended = tuple(hindsights(turns, {place: (there[place], counted[place]) for place in there}))
            return Masked(tuple(cut(text, spans, numbers)), ledger.fresh, kinds, tuple(spans), amended)
        have.update(map(_place, again))
        finds += again
        earlier += before
    raise Unsettled("The values of a message did not settle.")


def _is_inside(span: Span, finds: list[Span]) -> bool:
    """Whether a find is a piece of a longer one, whatever they are merged with: one of the names in a full name."""
    if span.kind in NOT_WHOLE:
        return False
    size = span.end - span.start
    return any(one.start <= span.start and span.end <= one.end and size < one.end - one.start for one in finds)


def _place(span: Span) -> tuple[int, int, Kind]:
    return span.start, span.end, span.kind


def _said(dialogue: Dialogue, place: Place) -> str:
    segment = dialogue.turns[-place[0]].segments[place[1]]
    return segment.text if isinstance(segment, Text) else ""


def _told(masked: Masked, bones: Skeleton, parted: Joined | None, dialogue: Dialogue) -> Masked:
    """With what the next message must know, and what an expert must not say."""
    asks: frozenset[Kind] = frozenset()
    solicits: tuple[Span, ...] = ()
    if dialogue.author == EXPERT:
        language = language_of(dialogue.language)
        asks = questions.asks(bones.original, language)
        solicits = tuple(solicitation.find(bones))
        if parted is not None:  # "give me your [email 1] whatsapp"
            solicits += tuple(parted.across(list(solicitation.find(parted.bones))))
    pending = is_open(masked.segments)
    if not (asks or pending or solicits):
        return masked
    return Masked(masked.segments, masked.fresh, masked.kinds, masked.spans, masked.hindsight, asks, pending, solicits)
