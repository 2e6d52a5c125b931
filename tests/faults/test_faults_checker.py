"""Each invariant finds what it is about in a small history, and says nothing about one in which all went well."""

from dataclasses import replace

import pytest

from tests.faults.checker import check
from tests.faults.history import Event, History
from tests.faults.truth import Kept, KeptChat, Truth

pytestmark = pytest.mark.only("sqlite")
CHAT, IDA, LUCA = 7, 1, 2


def told(*lines: str) -> list[Event]:
    """Events from short lines: 'time what deed seat line seq cid text code', '-' for nothing."""
    events = []
    for line in lines:
        at, what, deed, seat, number, seq, cid, text, code = (part if part != "-" else "" for part in line.split())
        seq, number = int(seq or 0), int(number or 0)
        events.append(Event(float(at), what, deed, CHAT, seat, number, seq, cid, text, code))
    return events


GOOD = told(
    "1.0 open lobby - 90 1 - - -",
    "1.0 invoke claim expert - 1 - - -",
    "1.1 ok claim expert - 1 - - -",
    "1.1 fail claim expert - 2 - - taken",
    "2.0 open line customer 10 - - - a",
    "2.0 invoke resume customer 10 0 - - -",
    "2.1 frame message customer 10 1 q Hm? customer",
    "2.1 ok resume customer 10 1 - - -",
    "2.0 open line expert 11 - - - a",
    "2.0 invoke resume expert 11 0 - - -",
    "2.1 frame message expert 11 1 q Hm? customer",
    "2.2 ok resume expert 11 1 - - -",
    "3.0 invoke send customer 10 - c1 Yes. -",
    "3.1 ok send customer 10 2 c1 - -",
    "3.1 frame message customer 10 2 c1 Yes. customer",
    "3.1 frame message expert 11 2 c1 Yes. customer",
    "4.0 invoke send expert 11 - e1 Yes. -",
    "4.1 ok send expert 11 3 e1 - -",
    "4.1 frame message expert 11 3 e1 Yes. expert",
    "4.1 frame message customer 10 3 e1 Yes. expert",
    "5.0 invoke end customer - - - - -",
    "5.1 ok end customer - - - - -",
    "5.2 frame state customer 10 - - - ended",
    "5.2 frame state expert 11 - - - ended",
    "5.3 invoke rate customer - 1 - - -",
    "5.4 ok rate customer - 1 - - -",
    "20.0 seen final customer 10 3 - risen ended",
    "20.0 seen final expert 11 3 - risen ended",
    "30.0 seen online - - 1 - - -",
    "30.0 seen look - - 1 - - -",
    "31.0 seen exit - - - - 2.5 web1",
)
ROWS = [
    Kept(CHAT, 1, "customer", "q", "Hm?"),
    Kept(CHAT, 2, "customer", "c1", "Yes."),
    Kept(CHAT, 3, "expert", "e1", "Yes."),
]
KEPT = Truth(
    ROWS,
    {CHAT: KeptChat(CHAT, "ended", IDA, 3, True)},
    [(1, CHAT)],
    [(1, "EUR", -200), (1, "EUR", 140), (1, "EUR", 60)],
    {IDA: 0, LUCA: 0},
)


def kinds(events: list[Event], truth: Truth = KEPT) -> set[str]:
    return {violation.kind for violation in check(History(sorted(events, key=lambda event: event.at)), truth)}


def with_(*lines: str) -> list[Event]:
    return [*GOOD, *told(*lines)]


def without(**wanted: object) -> list[Event]:
    """The good history without the events that have these values."""
    return [event for event in GOOD if not wanted.items() <= event._asdict().items()]


def chat(**changes: object) -> Truth:
    return replace(KEPT, chats={CHAT: replace(KEPT.chats[CHAT], **changes)})  # type: ignore[arg-type]


def test_a_good_history_breaks_nothing() -> None:
    assert kinds(GOOD) == set()


def test_what_nobody_knows_may_have_happened_or_not() -> None:
    unknown = with_("6.0 invoke send customer 10 - c2 Hm. -", "6.5 info send customer 10 - c2 - -")
    assert kinds(unknown) <= {"everyone_is_answered"}
    kept = replace(KEPT, messages=[*ROWS, Kept(CHAT, 4, "customer", "c2", "Hm.")], chats=chat(seq=4).chats)
    assert "acked_is_kept" not in kinds(unknown, kept) and "nothing_is_forged" not in kinds(unknown, kept)


@pytest.mark.parametrize(
    ("kind", "events", "truth"),
    [
        ("one_winner", with_("1.2 ok claim expert - 2 - - -"), KEPT),
        ("one_winner", GOOD, chat(expert=LUCA)),
        ("places_are_counted", GOOD, replace(KEPT, live={IDA: 1})),
        ("acked_is_kept", GOOD, replace(KEPT, messages=ROWS[:2])),
        ("acked_is_kept", GOOD, replace(KEPT, messages=[*ROWS, Kept(CHAT, 4, "expert", "e1", "Yes.")])),
        ("acked_is_kept", with_("6.0 ok send customer 10 9 c1 - -"), KEPT),
        ("acked_is_kept", with_("6.0 fail send customer 10 - c1 - withheld"), KEPT),
        ("acked_is_kept", GOOD, replace(KEPT, messages=[*ROWS[:2], replace(ROWS[2], text="No.")])),
        ("nothing_is_forged", with_("6.0 ok forge customer 10 2 c1 - -"), KEPT),
        ("nothing_is_forged", GOOD, replace(KEPT, messages=[*ROWS, Kept(CHAT, 4, "expert", "x9", "Boo.")])),
        ("numbers_are_dense", GOOD, replace(KEPT, messages=[ROWS[0], ROWS[2]])),
        ("everyone_is_answered", with_("6.0 invoke send customer 10 - c2 Hm. -"), KEPT),
        ("the_ledger_balances", GOOD, replace(KEPT, postings=[*KEPT.postings, (1, "EUR", 1)])),
        ("paid_once", GOOD, replace(KEPT, entries=[(1, CHAT), (2, CHAT)])),
        ("paid_once", GOOD, chat(resolved=False)),
        ("paid_once", with_("5.6 ok rate customer - 1 - - -"), KEPT),
        ("presence_is_right", with_("3.0 close lobby - 90 1 - - -"), KEPT),
        ("presence_is_right", without(deed="online"), KEPT),
        ("servers_leave_in_time", with_("32.0 seen exit - - - - 61.0 web1"), KEPT),
        ("no_server_error", with_("6.0 seen answer - - 500 - end -"), KEPT),
        ("no_server_error", with_("6.0 seen refusal customer 10 - - - bad_field"), KEPT),
        ("no_gap_and_no_repeat", without(deed="message", line=11, seq=2), KEPT),
        ("no_gap_and_no_repeat", with_("4.2 frame message expert 11 3 e1 Yes. expert"), KEPT),
        ("no_gap_and_no_repeat", without(deed="message", line=11, seq=1), KEPT),
        ("no_gap_and_no_repeat", without(deed="resume", line=11), KEPT),
        ("no_gap_and_no_repeat", with_("6.0 frame pong expert 11 4 - - -"), KEPT),
        ("everyone_reads_the_same", with_("9.0 frame message expert 11 4 x Boo. expert"), KEPT),
        (
            "everyone_reads_the_same",
            [event._replace(text="No.") if event.deed == "message" and event.line == 11 else event for event in GOOD],
            KEPT,
        ),
        (
            "order_is_kept",
            [
                event._replace(seq=3 if event.cid == "c1" else 2) if event.deed == "send" and event.seq else event
                for event in GOOD
            ],
            KEPT,
        ),
        (
            "order_is_kept",
            with_(
                "6.0 invoke send customer 10 - c2 Hm. -",
                "6.0 invoke send customer 10 - c3 Hm. -",
                "6.1 ok send customer 10 5 c2 - -",
                "6.1 ok send customer 10 4 c3 - -",
            ),
            KEPT,
        ),
        ("nobody_stays_behind", with_("21.0 seen final customer 10 2 - connected ended"), KEPT),
        ("nobody_stays_behind", with_("21.0 seen final customer 10 3 - - ended"), KEPT),
        ("everyone_is_told_the_end", with_("21.0 seen final customer 10 3 - connected live"), KEPT),
        ("delivered_in_time", without(deed="message", line=11, seq=3), KEPT),
        ("delivered_in_time", without(deed="state", seat="expert"), KEPT),
    ],
)
def test_a_broken_promise_is_found(kind: str, events: list[Event], truth: Truth) -> None:
    assert kind in kinds(events, truth)


def test_what_is_late_while_something_is_broken_is_no_violation() -> None:
    silent = without(deed="message", line=11, seq=3)
    broken = [*told("4.0 invoke fault - - 1 - - Redis", "6.0 ok fault - - 1 - - Redis"), *silent]
    assert "delivered_in_time" not in kinds(broken)


def test_who_resumes_from_an_old_position_is_given_it_again() -> None:
    again = with_(
        "6.0 invoke resume expert 11 1 - - -",
        "6.1 frame message expert 11 2 c1 Yes. customer",
        "6.1 frame message expert 11 3 e1 Yes. expert",
        "6.1 ok resume expert 11 3 - - -",
    )
    assert kinds(again) == set()
