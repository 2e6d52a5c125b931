"""What is learnt survives the database, and margins are learnt by a process of their own where their library is."""

import importlib.util

import pytest

from chatmarket import learnt
from chatmarket.learnt import Learnt
from matching.margins import Margins, unpacked
from matching.topics import OWN_PEOPLE, Ranker, count

BATTERY, BRAKES, BELL = 1, 2, 3
EXAMPLES = [
    (BATTERY, "the battery is empty"),
    (BATTERY, "my battery does not charge"),
    (BRAKES, "the brake squeals"),
    (BRAKES, "change the brake pads"),
    (BELL, "the bell is silent"),
    (BELL, "a louder bell"),
    (OWN_PEOPLE, "an invoice for my taxes"),
    (OWN_PEOPLE, "send me the invoice"),
]
has_sklearn = pytest.mark.skipif(importlib.util.find_spec("sklearn") is None, reason="the ml extra is not installed")


def made(margins: bytes | None = None) -> Learnt:
    kept, threshold = learnt.learn(EXAMPLES)
    return Learnt((1, 1), Ranker(learnt.unpacked(kept)), unpacked(margins) if margins else None, threshold)


def test_counts_come_back_the_same() -> None:
    counts = count(EXAMPLES)
    back = learnt.unpacked(learnt.packed(counts))
    assert (back.topics, back.examples) == (counts.topics, counts.examples)
    assert {name: [tuple(one) for one in seen] for name, seen in back.seen.items()} == dict(counts.seen)


def test_what_is_like_the_brands_own_questions_is_out_of_scope_and_they_are_never_proposed() -> None:
    invoice, battery = made().proposal("please send the invoice"), made().proposal("my battery is empty")
    assert not invoice.in_scope and battery.in_scope
    assert set(invoice.topics) == set(battery.topics) == {BATTERY, BRAKES, BELL}
    assert battery.topics[0] == BATTERY


def test_nothing_known_is_no_proposal() -> None:
    assert made().proposal("zzz") == learnt.Proposal((), False)


@has_sklearn
async def test_margins_are_learnt_and_put_topics_in_order() -> None:
    margins = await learnt.fit(EXAMPLES)
    assert margins is not None
    ours = made(margins)
    assert [ours.proposal(text).topics[0] for text in ("empty battery", "squealing brakes", "a bell")] == [1, 2, 3]
    assert not ours.proposal("an invoice").in_scope


@has_sklearn
async def test_of_two_topics_margins_are_learnt_too() -> None:
    margins = await learnt.fit(EXAMPLES[:4])
    assert margins is not None
    assert unpacked(margins).rank("brake", {BATTERY, BRAKES}) == (BRAKES, BATTERY)
    assert unpacked(margins).rank("battery", {BATTERY, BRAKES}) == (BATTERY, BRAKES)


@has_sklearn
async def test_what_cannot_be_learnt_is_told_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    assert await learnt.fit([(BATTERY, "only one topic, my secret")]) is None
    assert "margins_not_learnt" in caplog.text and "secret" not in caplog.text


def test_margins_that_do_not_know_a_likely_topic_yet_leave_it_to_the_counts() -> None:
    ours, silent = made(), Margins((BATTERY,), (1.0,), (0.0,), {}, {})
    stale = Learnt(ours.stamp, ours.ranker, silent, ours.threshold)
    assert stale.proposal("the brake squeals") == ours.proposal("the brake squeals")
