"""What a person typed becomes segments without values here, and the values new to the chat are set apart.

Fail closed: nothing here returns text after something went wrong. Every exception leaves `mask`, and whoever called
must then withhold the message and tell its sender.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from chatmarket.privacy import echoes, questions, recalls, retold
from chatmarket.privacy.alike import bare, beside, blotted, joined, look_alikes, without_parts
from chatmarket.privacy.bursts import HERE, Place, burst, goes_on, says_digits
from chatmarket.privacy.card_talk import card_talk
from chatmarket.privacy.continued import continued
from chatmarket.privacy.dialogue import EXPERT, Dialogue, Hindsight, Turn
from chatmarket.privacy.finders import addresses, bare_secrets, mails
from chatmarket.privacy.finders.bare_secrets import may_speak
from chatmarket.privacy.finders.detectors import detected
from chatmarket.privacy.known import Known, Lexicon
from chatmarket.privacy.ledger import NOTHING, Ledger, Wallet, canonical
from chatmarket.privacy.marks import in_passing
from chatmarket.privacy.merging import merged
from chatmarket.privacy.packs import language_of, languages
from chatmarket.privacy.past import Past, anybodys, by_place, hindsights, of_customers
from chatmarket.privacy.patterns import Found
from chatmarket.privacy.permitted import hidden, not_allowed
from chatmarket.privacy.pieces import in_pieces
from chatmarket.privacy.reading import CardTalk, Reading
from chatmarket.privacy.secret_talk import secret_talk, told_before
from chatmarket.privacy.segments import Kind, Segment, Text, Token
from chatmarket.privacy.skeleton import Skeleton, skeleton
from chatmarket.privacy.spans import MOST_FINDS, Span, crowd, cut
from chatmarket.privacy.whole_numbers import ends_whole

__all__ = ["Known", "Masked", "Unsettled", "Wallet", "canonical", "mask", "prepare"]

# A value found once may be found again in other words of the same message. Two rounds settle all that people type.
ROUNDS = 8
# Finds of one message that are compared with each other.
FEW = 8
# What is found in pieces of addresses and user names, and tells no more than they do.
_DETAILS = frozenset({Kind.CVV, Kind.EXPIRY})


class Unsettled(RuntimeError):
    """The values of a message kept uncovering others; it must be withheld."""


# Made for every message, and written to nowhere but here: frozen, it would take longer to make than most finders take.
@dataclass(slots=True)
class Masked:
    """A message without its values. `fresh` is for the vault; `kinds` names what was hidden, for its sender.

    What an expert wrote is masked as if nothing were known of the customer, and its tokens have no number: right and
    wrong guesses look alike to who guesses. None of it is for the vault, but for what the customer had said as well.

    A value in `fresh` is empty when it must be kept nowhere; its number is taken all the same. `spans` are the values'
    places in the message as it was typed. `hindsight` holds earlier turns that must be masked anew. `asks` are the
    kinds an expert's question asks for, and `pending` tells that a later message may complete a value begun here: who
    masks the next one must know this one. `spent` are tokens whose values turned out to be pieces of another: they
    must be emptied, for they hold more of it than may be kept. `solicits` are an expert's words that lead away from
    here; what has any must not be delivered at all. `others` is what everybody but its expert may read of an expert's
    message, where that is less, and `aside` an expert's earlier messages as others read them from now on (echoes.py).
    """

    segments: tuple[Segment, ...]
    fresh: tuple[Known, ...] = field(repr=False)
    kinds: tuple[Kind, ...]
    spans: tuple[Span, ...] = ()
    hindsight: tuple[Hindsight, ...] = ()
    asks: frozenset[Kind] = frozenset()
    pending: bool = False
    solicits: tuple[Span, ...] = ()
    spent: tuple[Token, ...] = ()
    others: tuple[Segment, ...] | None = None
    others_spans: tuple[Span, ...] = ()
    aside: tuple[Hindsight, ...] = ()

    @property
    def shown(self) -> tuple[Segment, ...]:
        """What everybody but the expert who wrote it reads."""
        return self.segments if self.others is None else self.others

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
    known = NOTHING if dialogue.author == EXPERT else wallet
    digest = retold.digest(text) if dialogue.author == EXPERT and not alike else b""
    finds = _found(bones, known, dialogue, digest)
    parted = joined(text, alike) if alike else None
    if parted is not None:
        # "[email 1] is ana at lumen": words that look like a token still lead to what is said behind them.
        finds += [Span(*whole.way_back(*found), Kind.EMAIL, why="values") for found in mails.mails(whole)]
        finds = beside(hidden(finds, dialogue.rules), alike, text)
        # "612 [pin 1] 345 678": what they part is one value. It takes them with it; nobody reads them there.
        across = list(parted.across(_found(parted.bones, known, dialogue)))
        finds = without_parts(finds, across) + across
    earlier: list[tuple[Place, Span]] = []
    if dialogue.turns:
        for place, span in _over_messages(bones, known, dialogue, finds):
            if place == HERE:
                finds.append(span)
            else:
                earlier.append((place, span))
    masked = _settled(_Case(bones, wallet, dialogue, alike), text, finds, earlier)
    if dialogue.author == EXPERT and wallet.entries:
        masked.others, masked.others_spans = echoes.for_others(masked.spans, bones, text, wallet, dialogue.rules)
    if dialogue.author == EXPERT:
        masked.asks = questions.asks(text, language_of(dialogue.language))
        masked.solicits = retold.led_away(whole, parted, dialogue.rules, digest)
    masked.pending = goes_on(masked.segments, whole)
    return masked


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


def _found(bones: Skeleton, wallet: Wallet, dialogue: Dialogue, digest: bytes = b"") -> list[Span]:
    """What stands in the message by itself, under the brand's rules; by `digest` an expert's is known again."""
    rules, language = dialogue.rules, language_of(dialogue.language)
    asked = questions.asked(dialogue)
    recalled = bool(dialogue.turns) and recalls.is_wanted(dialogue)
    talk = card_talk(dialogue, wallet, asked) if bones.digits and dialogue.turns else CardTalk.NONE
    # What was said before may make a value of anything: only what needs none of it is remembered.
    plain = digest if talk is CardTalk.NONE and not asked else b""
    if plain and plain in retold.plain(language):
        finds = []
    else:
        bare = dialogue.author != EXPERT and bare_secrets.may_stand(bones)
        secret = secret_talk(dialogue) if bare and dialogue.turns else None
        reading = Reading(bones, language, asked, dialogue.author, talk, secret, bare=bare, recalled=recalled)
        finds = detected(reading)
        if plain and not finds:
            retold.remember(plain, retold.plain(language))
    if rules.parts_addresses:
        finds += list(_postcodes_in(finds, bones))
    if rules.patterns:
        # Before the brand's harmless words are taken out: those behind the last one looked at must not go unseen.
        named = list(islice(rules.found(bones), MOST_FINDS + 1))
        if len(named) > MOST_FINDS:
            return [crowd(bones)]
        finds += [Span(*bones.way_back(*found), Kind.BRAND, why="brand") for found in named]
    if finds and rules.allowed:
        finds = not_allowed(finds, bones, rules)
    if wallet.entries:
        finds += wallet.lexicon.find(bones)
        if wallet.marks:
            finds += wallet.marks.find(bones)
    finds = hidden(finds, rules)
    return finds if len(finds) <= MOST_FINDS else [crowd(bones)]


def _postcodes_in(finds: list[Span], bones: Skeleton) -> Iterator[Span]:
    """The postcodes in addresses, where the brand keeps, drops or shows only one of the two."""
    for start, end in (bones.way_back(*code) for code in addresses.postcodes_within(bones)):
        if any(span.kind is Kind.ADDRESS and span.start < start and end <= span.end for span in finds):
            yield Span(start, end, Kind.POSTCODE, why="addresses")


def _over_messages(bones: Skeleton, wallet: Wallet, dialogue: Dialogue, alone: list[Span]) -> list[tuple[Place, Span]]:
    """The pieces of values that only several messages together give away."""
    found: list[tuple[Place, Span]] = []
    # What is a card's last month or code is no piece of its number.
    if (bones.digits or says_digits(bones.words)) and not any(span.kind in _DETAILS for span in alone):
        found += in_pieces(bones, dialogue, wallet)
    if dialogue.author != EXPERT and may_speak(bones.words):
        found += told_before(bones, dialogue)
    if dialogue.turns[-1].author != dialogue.author:
        return found
    found += continued(bones, dialogue)
    together = burst(bones, dialogue, wallet)
    if together is not None:
        whole = skeleton(together.text)
        reading = Reading(whole, language_of(dialogue.language), frozenset(), dialogue.author)
        spans = detected(reading)
        if spans and dialogue.rules.allowed:
            spans = not_allowed(spans, whole, dialogue.rules)
        crossing = together.crossing(merged(hidden(spans, dialogue.rules), together.text, dialogue.rules.unkept), alone)
        found += _no_cards_of_two(list(crossing), bones, dialogue, wallet)
    return found


def _no_cards_of_two(
    found: list[tuple[Place, Span]], bones: Skeleton, dialogue: Dialogue, wallet: Wallet
) -> list[tuple[Place, Span]]:
    """Without the cards that a phone, or a number given beforehand, and what was said beside it would be by chance."""
    if all(span.kind is not Kind.CARD for _, span in found):
        return found
    here = (bones.original[span.start : span.end] for place, span in found if place == HERE)
    given = not wallet.whole.isdisjoint("".join(filter(str.isdigit, said)) for said in here)
    if not given and not ends_whole(dialogue.turns[-1], wallet):
        return found
    return [(place, span) for place, span in found if span.kind is not Kind.CARD]


def _settled(case: _Case, text: str, finds: list[Span], earlier: list[tuple[Place, Span]]) -> Masked:
    """The message with its finds cut out, after looking again for each new value, here and in what was said before."""
    turns, author, alike = case.dialogue.turns, case.dialogue.author, case.alike
    apart = case.dialogue.rules.unkept
    if not finds and not earlier:
        return Masked((Text(text),) if text else (), (), ())
    ledger = Ledger(case.wallet, case.dialogue.rules, author)
    past: Past | None = None
    have = {(span.start, span.end, span.kind) for span in finds}
    sought: list[Known] = []
    for _ in range(ROUNDS):
        spans = merged(finds, text, apart)
        there = {place: merged(found, _said(turns, place), apart) for place, found in by_place(earlier).items()}
        mine = ((span.kind, span.value or bare(text, span.start, span.end, alike)) for span in spans)
        numbers, new = ledger.numbered(mine, author)
        counted = {}
        for place, found in there.items():
            said = _said(turns, place)
            theirs = ((span.kind, span.value or said[span.start : span.end]) for span in found)
            counted[place], more = ledger.numbered(theirs, turns[-place[0]].author)
            new += more
        lexicon = (Lexicon(new) or None) if new else None
        sought += new
        # Each new value is found where it stands; only what is found elsewhere changes anything.
        again = [] if lexicon is None else [one for one in lexicon.find(case.bones) if _place(one) not in have]
        again = [one for one in again if not _is_inside(one, finds, apart)] if len(finds) <= FEW else again
        whose = anybodys if author == EXPERT else of_customers
        past = past or (Past(turns, whose) if lexicon is not None and turns else None)
        before = list(_before(case.dialogue, past, lexicon)) if lexicon is not None and past is not None else []
        if not again and not before:
            kinds = tuple(dict.fromkeys(span.kind for span in spans))
            amended = tuple(hindsights(turns, {place: (there[place], counted[place]) for place in there}))
            spent = tuple(_spent(turns, {place: (there[place][0].kind, counted[place][0]) for place in there}))
            whole = lexicon if len(sought) == len(new) else Lexicon(sought)
            aside = echoes.given_away(turns, whole, case.dialogue.rules) if author != EXPERT and whole else ()
            here = tuple(cut(text, spans, numbers))
            return Masked(here, ledger.fresh, kinds, tuple(spans), amended, spent=spent, aside=aside)
        have.update(map(_place, again))
        finds += again
        earlier += before
    raise Unsettled("The values of a message did not settle.")


def _before(dialogue: Dialogue, past: Past, lexicon: Lexicon) -> Iterator[tuple[Place, Span]]:
    """What was said before. "The blue light" stays: with a token there, it would tell whose password is blue."""
    for place, span in past.find(lexicon):
        said = _said(dialogue.turns, place)
        if not in_passing(span.kind, said[span.start : span.end], said):
            yield place, span


def _spent(turns: tuple[Turn, ...], now: Mapping[Place, tuple[Kind, int]]) -> Iterator[Token]:
    """The tokens that stand for pieces of another value now, each once."""
    seen = set()
    for (back, which), name in now.items():
        segment = turns[-back].segments[which]
        if isinstance(segment, Token) and (segment.kind, segment.n) != name and segment not in seen:
            seen.add(segment)
            yield segment


def _is_inside(span: Span, finds: list[Span], apart: frozenset[Kind]) -> bool:
    """Whether a find is a piece of a longer one, whatever they are merged with: one of the names in a full name."""
    if span.kind in apart:
        return False
    size = span.end - span.start
    return any(one.start <= span.start and span.end <= one.end and size < one.end - one.start for one in finds)


def _place(span: Span) -> tuple[int, int, Kind]:
    return span.start, span.end, span.kind


def _said(turns: tuple[Turn, ...], place: Place) -> str:
    segment = turns[-place[0]].segments[place[1]]
    return segment.text if isinstance(segment, Text) else ""
