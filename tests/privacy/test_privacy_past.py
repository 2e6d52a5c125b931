"""What was said before is looked through as far as there is room, and in a record what would be blocked was said."""

from chatmarket.privacy.conversation import converse
from chatmarket.privacy.dialogue import Dialogue, Turn
from chatmarket.privacy.masking import Wallet, mask
from chatmarket.privacy.past import LOOKED_THROUGH
from chatmarket.privacy.segments import Text, plain


def test_a_long_message_shields_no_shorter_one_before_it():
    first, long = "quorvane came", "so it is, and so it was " * 160
    turns = tuple(Turn("customer", (Text(text),)) for text in (first, long, long))
    assert len(long) * 2 > LOOKED_THROUGH
    masked = mask("my name is Belinda Quorvane", Wallet(), Dialogue(turns=turns))
    assert [(one.back, plain(one.segments)) for one in masked.hindsight] == [(3, "[name 1] came")]


def test_what_would_be_blocked_was_answered_in_a_record():
    shown = converse([("expert", "Right, and your PIN as well please."), ("customer", "sure: 7402")])
    assert shown[0].solicits
    assert plain(shown[1].segments) == "sure: [pin 1]"
