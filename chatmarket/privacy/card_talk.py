"""Whether a card is being given: what stands alone in a message may be its last month or its code then."""

from chatmarket.privacy import questions
from chatmarket.privacy.bursts import readable
from chatmarket.privacy.dialogue import Dialogue, Turn
from chatmarket.privacy.ledger import Wallet, is_piece_of_card
from chatmarket.privacy.reading import CardTalk
from chatmarket.privacy.segments import Kind, Token

# Messages of the same person that may lie between a card and its details.
MOST_BETWEEN = 2
OF_CARDS = frozenset({Kind.CARD, Kind.CVV, Kind.EXPIRY})
# Where one of these is asked for, too, a short number may be that.
_OF_FEW_DIGITS = frozenset({Kind.PIN, Kind.CODE, Kind.SSN, Kind.ACCOUNT, Kind.POSTCODE, Kind.PHONE, Kind.DOCUMENT})


def card_talk(dialogue: Dialogue, wallet: Wallet, asked: frozenset[Kind]) -> CardTalk:
    """What was said of a card right before; other questions, and other things said, end it."""
    told = not asked.isdisjoint(OF_CARDS) and asked.isdisjoint(_OF_FEW_DIGITS)
    # Where no card was given what was said between tells nothing.
    if not any(turn.author == dialogue.author and _has_card(turn) for turn in dialogue.turns):
        return CardTalk.ASKED if told else CardTalk.NONE
    others = 0
    for turn in reversed(dialogue.turns):
        if turn.author != dialogue.author:
            text = " ".join(text for _, text in readable(turn, 0))
            wanted = questions.asks(text, dialogue.language)
            if wanted and wanted.isdisjoint(OF_CARDS):
                break
            continue
        tokens = [part for part in turn.segments if isinstance(part, Token)]
        cards = [token for token in tokens if token.kind is Kind.CARD]
        if cards:
            piece = is_piece_of_card(wallet.values.get((Kind.CARD, cards[-1].n), ""))
            return CardTalk.PART if piece else CardTalk.GIVEN
        others += not any(token.kind in OF_CARDS for token in tokens)
        if others > MOST_BETWEEN:
            break
    return CardTalk.ASKED if told else CardTalk.NONE


def _has_card(turn: Turn) -> bool:
    return any(isinstance(part, Token) and part.kind is Kind.CARD for part in turn.segments)
