"""The report tells the truth: what is planted in a tiny history is found, and a good history is not accused."""

import json
import math
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from chatmarket.client import Brand, Topic, Wire
from chatmarket.simulate import pick, progress
from chatmarket.simulate.dialogues import Dialogue, NotPlayable, Personal, choose, load, parse
from chatmarket.simulate.history import QUESTION, WON, Acked, Claim, Delivered, History, Marked, Rated, Sent, Shown
from chatmarket.simulate.report import judge, percentile
from chatmarket.simulate.stage import Play, marked

MESSAGES = ((QUESTION, "customer"), ("a-1", "expert"), ("c-1", "customer"), ("a-2", "expert"))


def good(chat: int = 7) -> History:
    """A chat of four messages in which nothing went wrong; each takes 10 ms more than the one before."""
    history = History(asked={chat: 0.0}, ended={chat})
    history.claims = [Claim(chat, 1, 0.2, WON), Claim(chat, 2, 0.3, "taken", 409)]
    for seq, (cid, author) in enumerate(MESSAGES, 1):
        history.sent.append(Sent(chat, author, cid, float(seq)))
        history.acked.append(Acked(chat, author, cid, seq))
        for to in ("customer", "expert", "archive"):
            history.delivered.append(Delivered(chat, author, cid, seq, to, seq + seq / 100))
    return history


def test_a_good_history_is_not_accused() -> None:
    found = judge(good())
    assert (found.lost, found.duplicated, found.out_of_order, found.double_winners) == (0, 0, 0, 0)
    assert (found.sent, found.acked, found.delivered) == (4, 4, 4)
    assert (found.asked, found.claimed, found.ended, found.one_winner) == (1, 1, 1, 1)
    assert found.exit_status == 0


def test_an_acked_message_the_other_side_never_got_is_lost() -> None:
    history = good()
    history.delivered = [one for one in history.delivered if not (one.cid == "c-1" and one.to == "expert")]
    assert judge(history).lost == 1 and judge(history).exit_status == 1


def test_an_acked_message_that_is_not_stored_is_lost() -> None:
    history = good()
    history.delivered = [one for one in history.delivered if not (one.cid == "a-2" and one.to == "archive")]
    assert judge(history).lost == 1


def test_a_message_without_an_ack_was_never_promised() -> None:
    history = good()
    history.sent.append(Sent(7, "customer", "c-2", 9.0))
    assert judge(history).lost == 0 and judge(history).sent == 5


def test_a_question_nobody_claimed_is_not_lost_while_it_is_stored() -> None:
    history = good()
    history.claims.clear()
    history.delivered = [one for one in history.delivered if one.cid == QUESTION and one.to != "expert"]
    history.acked = history.acked[:1]
    assert judge(history).lost == 0 and judge(history).claimed == 0


def test_a_message_given_to_the_application_twice_is_a_duplicate() -> None:
    history = good()
    history.delivered.append(Delivered(7, "expert", "a-1", 2, "customer", 5.0))
    assert judge(history).duplicated == 1 and judge(history).exit_status == 1


def test_a_message_stored_under_two_numbers_is_one_duplicate() -> None:
    history = good()
    for to in ("customer", "expert", "archive"):
        history.delivered.append(Delivered(7, "expert", "a-1", 5, to, 5.0))
    assert judge(history).duplicated == 1


def test_an_ack_with_another_number_is_a_duplicate() -> None:
    history = good()
    history.acked.append(Acked(7, "customer", "c-1", 9))
    assert judge(history).duplicated == 1


def test_a_message_repeated_on_purpose_with_the_same_ack_is_none() -> None:
    history = good()
    history.acked.append(Acked(7, "customer", "c-1", 3))
    assert judge(history).duplicated == 0 and judge(history).acked == 4


def test_a_number_that_falls_is_out_of_order() -> None:
    history = good()
    mine = [one for one in history.delivered if one.to == "expert"]
    mine[1], mine[2] = mine[2], mine[1]
    history.delivered = [one for one in history.delivered if one.to != "expert"] + mine
    assert judge(history).out_of_order == 1 and judge(history).exit_status == 1


def test_numbers_given_against_the_order_of_sending_are_out_of_order() -> None:
    history = good()
    history.sent[1], history.sent[3] = history.sent[3], history.sent[1]
    assert judge(history).out_of_order == 3  # once for each reader


def test_two_winners_are_caught_and_two_answers_to_one_are_not() -> None:
    history = good()
    history.claims.append(Claim(7, 1, 0.4, WON))
    assert judge(history).double_winners == 0
    history.claims.append(Claim(7, 2, 0.4, WON))
    found = judge(history)
    assert (found.double_winners, found.one_winner, found.exit_status) == (1, 0, 1)


def test_losers_are_counted_by_what_they_were_told() -> None:
    history = good()
    history.claims.append(Claim(7, 3, 0.4, "unreadable", 500))
    assert (judge(history).losers, judge(history).losers_told) == (2, 1)


def test_times_leave_the_question_out_and_calm_chats_stand_apart() -> None:
    history = good()
    found = judge(history)
    assert found.claim_p50 == pytest.approx(0.2)
    assert (found.latency_p50, found.latency_p99) == (pytest.approx(0.03), pytest.approx(0.04))
    history.cuts = Counter({7: 1})
    assert math.isnan(judge(history).calm_p50) and judge(history).latency_p50 == pytest.approx(0.03)


def test_percentiles_are_nearest_rank() -> None:
    assert percentile([3.0, 1.0, 2.0, 4.0], 50) == 2.0
    assert percentile([1.0, 2.0], 99) == 2.0
    assert math.isnan(percentile([], 50))


def test_a_marked_value_counts_only_where_the_expert_could_read_it() -> None:
    history = good()
    history.marked = [Marked(7, 0, "ana", "name"), Marked(7, 2, "ben", "name", count=2, elsewhere=1)]
    history.shown = {Shown(7, 0, "I am [name 1]"), Shown(7, 2, "Big Ben, not [name 2]")}
    assert (judge(history).personal, judge(history).reached) == (3, 0)
    history.shown.add(Shown(7, 0, "I am ANA"))
    history.shown.add(Shown(7, 2, "Big Ben, says Ben"))
    assert judge(history).reached == 2


def test_the_table_names_every_promise() -> None:
    history = good()
    history.rated = [Rated(7, True)]
    history.payments, history.payouts, history.ledger = 1, Counter({"EUR": 140}), {"EUR": 0}
    history.wires = [Wire(duplicates=2)]
    table = judge(history).table()
    for row in (
        "exactly one winner",
        "1 of 1",
        "p50 / p95",
        "lost / duplicated / out of order",
        "0 / 0 / 0",
        "personal",
        "1: 1.40 EUR",
        "0.00 EUR",
        "2 / 0 / 0",
    ):
        assert row in table
    assert "not asked" in judge(good()).table()


def test_progress_counts_what_happened() -> None:
    assert progress(good(), 9) == "1/9 asked, 1 claimed, 1 ended, 4 messages acked"


# -- the file


def line(*turns: tuple[str, str], lang: str = "en", gold: list[list[object]] | None = None) -> str:
    said = [{"s": side, "t": text} for side, text in turns]
    said[0]["gold"] = gold or []  # type: ignore[assignment]
    return json.dumps({"ds": "x", "lang": lang, "conv": 1, "turns": said, "known": {"name": ["Ana"]}})


def test_a_dialogue_is_read_with_its_marked_values() -> None:
    dialogue = parse(line(("c", "I am Ana, Ana!"), ("a", "Hello"), gold=[[5, 8, "name"]]))
    assert dialogue is not None and dialogue.known == {"name": ["Ana"]}
    assert dialogue.turns[0].personal == (Personal("Ana", "name"),)
    assert marked(Play(dialogue, 7, "token"), 0) == [Marked(7, 0, "ana", "name", 1, elsewhere=1)]


def test_known_values_of_other_kinds_are_told_as_known() -> None:
    said = json.loads(line(("c", "Hi"), ("a", "Hello"))) | {"known": {"name": ["Ana"], "account": ["12"], "dob": ["3"]}}
    dialogue = parse(json.dumps(said))
    assert dialogue is not None and dialogue.known == {"name": ["Ana"], "known": ["12", "3"]}


@pytest.mark.parametrize("turns", [[("a", "Hello"), ("c", "Hi")], [("c", "Hi"), ("c", "Anyone?")], [("c", "Hi")]])
def test_a_dialogue_without_question_or_answer_is_not_played(turns: list[tuple[str, str]]) -> None:
    assert parse(line(*turns)) is None


def test_every_dialogue_is_chosen_once_before_any_comes_again(tmp_path: Path) -> None:
    file = tmp_path / "dialogues.jsonl"
    file.write_text("\n".join(line(("c", f"Question {number}"), ("a", "Yes")) for number in range(3)) + "\n")
    chosen = choose(load(file), 6, Random(1))
    assert Counter(dialogue.turns[0].text for dialogue in chosen) == {f"Question {n}": 2 for n in range(3)}
    assert choose(load(file), 6, Random(1)) == chosen


def test_the_brand_must_speak_the_language_of_the_file() -> None:
    topics = (Topic(1, {"en": "Returns"}, 200),)
    brands = (Brand("toro", "Toro", ("es",), "EUR", topics), Brand("lumen", "Lumen", ("es", "en"), "EUR", topics))
    english = [Dialogue("en", ())]
    assert pick(brands, english, None).slug == "lumen"
    with pytest.raises(NotPlayable):
        pick(brands, english, "toro")
    with pytest.raises(NotPlayable):
        pick(brands, [], None)


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "talks.jsonl"
    file.write_text('{"turns": [{"s": "c", "t": "Hi?"}, {"s": "a", "t": "Yes!"}]}\n{"turns": 7}\n')
    with pytest.raises(NotPlayable, match="line 2"):
        load(file)
    file.write_text('{"turns": [{"s": "c", "t": "Hi?"}, {"s": "a", "t": "Yes!"}]}\n')
    assert [dialogue.language for dialogue in load(file)] == ["en"]
    with pytest.raises(NotPlayable, match=r"nowhere\.jsonl"):
        load(tmp_path / "nowhere.jsonl")
