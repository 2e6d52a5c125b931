"""A brand's staff decide what is hidden: they type rules, try them on a conversation, and put them in force."""

import asyncio
import logging
import re
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from chatmarket.client import Message
from chatmarket.errors import TooMuch
from chatmarket.flows import ruling, trying
from chatmarket.flows.drafting import CHOOSABLE, FIXED, Draft, rules_of
from chatmarket.models import Account, Audit, Brand, Chat, Login
from chatmarket.pages.ruling import GROUPS
from chatmarket.privacy.rules import MOST_PATTERNS, NEVER_VISIBLE, Rules
from chatmarket.privacy.segments import Kind
from tests.cast import PASSWORD, Cast, Person, Shop
from tests.stories.browsing import Browser, browser
from tests.stories.filling import changed, fields_of
from tests.stories.keeping import is_in, whole_database
from tests.stories.listening import heard

FRAME = {"name": "Frame number", "pattern": "KES-[0-9]{6}"}
RULES = {
    "policies": {"phone": "drop", "postcode": "visible"},
    "patterns": [FRAME],
    "allowed": ["Málaga", "Merlin 3"],
}


async def _typed(page: Browser, **values: Any) -> dict[str, list[str]]:
    """The form as it stands on the page, with these fields changed."""
    return changed(fields_of((await page.open("/privacy")).text, "rules"), **values)


async def _pressed(page: Browser, fields: dict[str, list[str]], do: str) -> httpx2.Response:
    return await page.post("/privacy", {**fields, "do": do})


def _ruled(**more: Any) -> dict[str, Any]:
    """RULES, as the form holds them."""
    return {
        "policy_phone": "drop",
        "policy_postcode": "visible",
        "confirmed": "postcode",
        "pattern_name": [FRAME["name"]],
        "pattern": [FRAME["pattern"]],
        "allowed": "Málaga\r\n\r\nMerlin 3\r\nMálaga",
        **more,
    }


async def _kept(shop: Shop) -> Any:
    return (await Brand.get(id=shop.id)).rules


async def _shop(cast: Cast) -> tuple[Shop, Person]:
    shop = await cast.brand()
    return shop, await cast.moderator(shop, name="Mo Vale", role="staff")


def test_every_kind_has_its_place_on_the_page() -> None:
    shown = [kind for group in GROUPS.values() for kind in group]
    assert sorted(shown) == sorted(CHOOSABLE) and set(shown) | set(FIXED) == set(Kind)


@pytest.mark.parametrize("rules", [None, RULES, {"allowed": ["Merlin 3"]}])
def test_rules_that_are_not_touched_stay_what_they_are(rules: Any) -> None:
    assert rules_of(Draft.of(rules)) == rules
    Rules.from_json(rules)


async def test_staff_put_rules_in_force_and_the_audit_says_so_without_them(cast: Cast) -> None:
    shop, mo = await _shop(cast)
    async with browser(cast.here, email=mo.email) as page:
        saved = await _pressed(page, await _typed(page, **_ruled()), "save")
        assert saved.status_code == 200 and "masked by these rules" in saved.text
        assert await _kept(shop) == RULES
        again = await _typed(page)
        assert (again["policy-postcode"], again["policy-phone"], again["policy-name"]) == (
            ["visible"], ["drop"], ["vault"],
        )  # fmt: skip
        assert again["pattern"] == [FRAME["pattern"]] and again["allowed"] == ["Málaga\nMerlin 3"]
        told = (await page.open("/audit")).text
        await _pressed(page, again, "save")  # nothing to say about
    (row,) = await Audit.filter(brand_id=shop.id, action="rules")
    assert row.actor_id == mo.id
    assert row.facts == {
        "policies": {"phone": "drop", "postcode": "visible"},
        "patterns": {"added": 1, "removed": 0},
        "allowed": {"added": 2, "removed": 0},
    }
    for words in ("Changed the privacy rules", "Postcode: Shown", "Phone: Not kept", "Patterns: 1 new, 0 gone"):
        assert words in told
    assert "KES" not in told and "Merlin" not in told


async def test_saving_and_going_back_to_standard_need_the_password(cast: Cast) -> None:
    shop, mo = await _shop(cast)
    async with browser(cast.here, email=mo.email) as page:
        assert 'type="password"' not in (await page.open("/privacy")).text
        for do, before, after in (("save", None, RULES), ("standard", RULES, None)):
            await Login.filter(account_id=mo.id).update(proved_at=None)
            typed = await _typed(page, **_ruled()) if do == "save" else await _typed(page)
            assert "password" in typed
            refused = await _pressed(page, typed, do)
            assert refused.status_code == 422 and "give your password again" in refused.text
            assert 'id="password-error"' in refused.text
            wrong = await _pressed(page, {**typed, "password": ["not this one"]}, do)
            assert "not your present password" in wrong.text and "not this one" not in wrong.text
            assert await _kept(shop) == before
            assert (await _pressed(page, {**typed, "password": [PASSWORD]}, do)).status_code == 200
            assert await _kept(shop) == after


async def test_experts_read_a_kind_only_once_somebody_says_that_it_is_meant(cast: Cast) -> None:
    shop, mo = await _shop(cast)
    async with browser(cast.here, email=mo.email) as page:
        for confirmed in ([], ["phone"]):
            typed = await _typed(page, **_ruled(confirmed=confirmed))
            refused = await _pressed(page, typed, "save")
            assert refused.status_code == 422 and 'id="policy-postcode-error"' in refused.text
            assert await _kept(shop) is None
            assert {**fields_of(refused.text, "rules"), "confirmed": confirmed} == {
                **typed, "allowed": ["Málaga\n\nMerlin 3\nMálaga"],
            }  # fmt: skip
        assert (await _pressed(page, changed(typed, confirmed="postcode"), "save")).status_code == 200
        # What they read already needs no second word.
        seen = await _typed(page, policy_name="drop")
        assert "confirmed" not in seen and (await _pressed(page, seen, "save")).status_code == 200
    assert (await _kept(shop))["policies"] == {"name": "drop", "phone": "drop", "postcode": "visible"}


async def test_whoever_saves_second_is_told_and_loses_nothing(cast: Cast) -> None:
    shop, mo = await _shop(cast)
    zoe = await cast.moderator(shop, name="Zoe Marsh", role="staff", at=cast.there)
    async with browser(cast.here, email=mo.email) as first, browser(cast.there, email=zoe.email) as second:
        theirs = await _typed(second, allowed="Kestrel", said="I am ana@example.com")
        await _pressed(first, await _typed(first, **_ruled()), "save")
        for do in ("save", "standard"):
            told = await _pressed(second, theirs, do)
            assert told.status_code == 409 and "Mo Vale changed the rules" in told.text
            for part in ("Postcode: Shown", FRAME["pattern"], "Merlin 3"):
                assert part in told.text, "the rules in force stand beside theirs"
            typed = fields_of(told.text, "rules")
            assert typed["seen"] != theirs["seen"] and {**typed, "seen": theirs["seen"]} == theirs
            assert await _kept(shop) == RULES
        assert (await _pressed(second, fields_of(told.text, "rules"), "save")).status_code == 200
    assert await _kept(shop) == {"allowed": ["Kestrel"]}


async def test_of_many_who_save_at_once_one_does_and_the_others_are_told(cast: Cast) -> None:
    shop, mo = await _shop(cast)
    async with browser(cast.here, email=mo.email) as here, browser(cast.there, email=mo.email) as there:
        pages = [here, there] * 3
        typed = [await _typed(page, allowed=f"Kestrel {n}") for n, page in enumerate(pages)]
        saving = (_pressed(page, fields, "save") for page, fields in zip(pages, typed, strict=True))
        answers = [answer.status_code for answer in await asyncio.gather(*saving)]
    assert sorted(answers) == [200, 409, 409, 409, 409, 409]
    assert (await _kept(shop))["allowed"] == [f"Kestrel {answers.index(200)}"]
    assert await Audit.filter(brand_id=shop.id, action="rules").count() == 1


async def test_back_to_standard_asks_first_and_is_written_down(cast: Cast) -> None:
    shop, mo = await _shop(cast)
    async with browser(cast.here, email=mo.email) as page:
        assert "Back to standard" not in (await page.open("/privacy")).text
        await _pressed(page, await _typed(page, **_ruled()), "save")
        assert "Yes, back to standard" in (await page.open("/privacy")).text
        back = await _pressed(page, await _typed(page), "standard")
        assert "in force again" in back.text and fields_of(back.text, "rules")["policy-phone"] == ["vault"]
    assert await _kept(shop) is None
    last = await Audit.filter(brand_id=shop.id, action="rules").order_by("-id").first()
    assert last.facts["policies"] == {"phone": "vault", "postcode": "vault"}
    assert last.facts["patterns"] == {"added": 0, "removed": 1}


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("KES-(", "opened and never closed"),
        ("KES)", "never opened"),
        ("[0-9", "A set ["),
        ("*", "nothing before"),
        ("a**", "one after the other"),
        ("a{9999}", "too large"),
        ("[z-a]", "wrong way round"),
        ("(?=a)", "Looking ahead or back"),
        (r"\q", "means nothing here"),
        ("\\", "nothing follows it"),
        ("[0-9]*", "fits where nothing stands"),
        ("(?:[a-z]{1,50}){1,50}", "too large"),
        ("Кес", "Latin alphabet"),
        ("x" * 201, "at most 200 characters"),
        ("a\0b", "cannot be stored"),
        ("", "Please fill this in"),
    ],
)
async def test_a_pattern_that_cannot_be_is_refused_in_words_beside_it(cast: Cast, pattern: str, told: str) -> None:
    shop, mo = await _shop(cast)
    async with browser(cast.here, email=mo.email) as page:
        typed = await _typed(page, pattern_name=["Frame", "Other"], pattern=["KES", pattern])
        refused = await _pressed(page, typed, "save")
        beside = re.search(r'id="pattern-2-error">(.*?)</p>', refused.text, re.DOTALL)
        assert refused.status_code == 422 and beside and told in beside[1]
        if "\0" not in pattern:
            assert fields_of(refused.text, "rules") == typed
    assert await _kept(shop) is None


@pytest.mark.parametrize(
    ("values", "field", "told"),
    [
        ({"pattern_name": ["A", "A"], "pattern": ["KES-1", "KES-2"]}, "pattern-name-2", "Another pattern"),
        ({"pattern_name": [""], "pattern": ["x"]}, "pattern-name-1", "fill this in"),
        ({"pattern_name": [f"N{n}" for n in range(51)], "pattern": ["x"] * 51}, "patterns", "room for 50"),
        ({"allowed": "Merlin\n\n!"}, "allowed", "Line 3"),
        ({"allowed": "a b\n" + "x" * 101}, "allowed", "Line 2"),
        ({"allowed": "\n".join(f"word {n}" for n in range(2001))}, "allowed", "room for 2,000"),
        ({"policy_phone": "sold"}, "policy-phone", "offered values"),
        ({"pattern_name": ["a"], "pattern": [r"\w+"]}, "pattern-1", "ordinary words, such as “2”"),
        ({"pattern_name": ["a"], "pattern": ["[a-z]{6}"]}, "pattern-1", "ordinary words, such as"),
        ({"pattern_name": ["a"], "pattern": ["ing"]}, "pattern-1", "ordinary words, such as"),
        ({"policy_phone": []}, "policy-phone", "offered values"),
    ],
)
async def test_other_wrong_rules_are_refused_beside_their_field(
    cast: Cast, values: dict[str, Any], field: str, told: str
) -> None:
    shop, mo = await _shop(cast)
    async with browser(cast.here, email=mo.email) as page:
        refused = await _pressed(page, await _typed(page, **values), "save")
        beside = re.search(rf'id="{field}-error">(.*?)</p>', refused.text, re.DOTALL)
        assert refused.status_code == 422 and beside and told in beside[1]
    assert await _kept(shop) is None and MOST_PATTERNS == 50


async def test_nobody_may_keep_what_must_not_be_kept(cast: Cast) -> None:
    shop, mo = await _shop(cast)
    async with browser(cast.here, email=mo.email) as page:
        told = (await page.open("/privacy")).text
        assert "PCI DSS" in told and 'name="policy-pin"' not in told
        await _pressed(page, await _typed(page, policy_pin="visible", policy_password="vault"), "save")
    assert await _kept(shop) is None


async def test_rows_come_and_go_without_scripts_and_nothing_typed_is_lost(cast: Cast) -> None:
    shop, mo = await _shop(cast)
    async with browser(cast.here, email=mo.email) as page:
        typed = await _typed(page, **_ruled(pattern=["KES-("], said="one\r\ntwo", known_name="Ana"))
        for do, name, values in (
            ("add-pattern", "pattern", ["KES-(", ""]),
            ("add-line", "said", ["one\ntwo", ""]),
            ("remove-line 1", "said", [""]),
            ("remove-line 1", "said", None),
            ("remove-line 1", "said", None),
            ("add-line", "who", ["customer"]),
            ("remove-pattern 1", "pattern", [""]),
        ):
            typed = fields_of((await _pressed(page, typed, do)).text, "rules")
            assert typed.get(name) == values, do
            assert (typed["known-name"], typed["confirmed"]) == (["Ana"], ["postcode"]), do
            assert typed["allowed"] == ["Málaga\n\nMerlin 3\nMálaga"], do
    assert await _kept(shop) is None


async def test_open_chats_learn_that_the_rules_have_changed(cast: Cast) -> None:
    shop, mo = await _shop(cast)
    other = await cast.brand()
    ida = await cast.expert(shop)
    over, live = await cast.live(shop, ida), await cast.live(shop, ida)
    await over.end()
    waiting, foreign = await cast.customer(shop), await cast.customer(other)
    chats = [over.chat, live.chat, waiting.chat, foreign.chat]

    async def known() -> list[int]:
        return [(await Chat.get(id=chat)).hidden for chat in chats]

    before = await known()
    async with browser(cast.here, email=mo.email) as page:
        await _pressed(page, await _typed(page, **_ruled()), "save")
        after = await known()
        await _pressed(page, await _typed(page), "save")  # nothing changed
    assert [now - was for was, now in zip(before, after, strict=True)] == [0, 1, 1, 0]
    assert await known() == after


async def test_the_next_message_of_a_running_chat_is_masked_by_the_new_rules(cast: Cast) -> None:
    shop, mo = await _shop(cast)
    ida = await cast.expert(shop, at=cast.there)
    ana = await cast.live(shop, ida)
    rooms = ida.room(ana.chat), ana.room(at=cast.there)
    async with browser(cast.here, email=mo.email) as page, rooms[0] as expert, rooms[1] as customer:
        await expert.live.wait()

        async def reads(seq: int) -> str:
            await customer.send(f"See https://page-{seq}.example.com")
            return (await heard(expert, Message, seq=seq)).text

        assert "page-2" not in await reads(2)
        await _pressed(page, await _typed(page, policy_url="visible", confirmed="url"), "save")
        assert "page-3" in await reads(3)
        await _pressed(page, await _typed(page), "standard")
        assert "page-4" not in await reads(4)


# Trying the rules


def _tried(answer: httpx2.Response) -> list[tuple[str, str]]:
    """What was found in the conversation: each value and what becomes of it."""
    return re.findall(r'<li><mark class="said" data-policy="([a-z]+)">(.*?)</mark>', answer.text)


async def test_unsaved_rules_are_tried_on_a_conversation(cast: Cast) -> None:
    shop, mo = await _shop(cast)
    talk = {"who": ["customer", "expert"], "said": ["Write to ana@example.com, 612 34 56 78", "Is it a heron-blue?"]}
    async with browser(cast.here, email=mo.email) as page:
        tried = await _pressed(page, await _typed(page, **talk), "try")
        assert tried.status_code == 200
        assert _tried(tried) == [("vault", "ana@example.com"), ("vault", "612 34 56 78")]
        assert 'data-kind="email"' in tried.text and 'data-kind="phone"' in tried.text
        for words in ("The expert sees", "µs of computing time", "by its own shape"):
            assert words in tried.text
        ruled = {"policy_email": "drop", "policy_phone": "visible", "pattern_name": "Bird", "pattern": "heron-[a-z]+"}
        tried = await _pressed(page, await _typed(page, **talk, **ruled), "try")
        assert _tried(tried) == [("drop", "ana@example.com"), ("vault", "heron-blue")]
        assert "one of your patterns" in tried.text and 'data-kind="phone"' not in tried.text
        tried = await _pressed(page, await _typed(page, **talk, known_known="a heron-blue"), "try")
        assert ("vault", "a heron-blue") not in _tried(tried), "an expert's words are not compared with what is known"
        typed = await _typed(page, who=["customer"], said=talk["said"][1:], known_known="a heron-blue")
        assert ("vault", "a heron-blue") in _tried(await _pressed(page, typed, "try"))
    assert await _kept(shop) is None


async def test_what_a_later_line_gives_away_and_what_is_not_delivered_are_shown(cast: Cast) -> None:
    _, mo = await _shop(cast)
    said = ["The Oakwright is broken", "My name is Heron Oakwright", "Just write to me on WhatsApp"]
    async with browser(cast.here, email=mo.email) as page:
        typed = await _typed(page, who=["customer", "customer", "expert"], said=said)
        tried = await _pressed(page, typed, "try")
    assert ("vault", "Oakwright") in _tried(tried) and "given away by a later message" in tried.text
    assert "This message is not delivered" in tried.text


async def test_htmx_is_answered_with_the_part_it_asked_for(cast: Cast) -> None:
    _, mo = await _shop(cast)
    async with browser(cast.here, email=mo.email) as page:
        typed = await _typed(page, said="Write to ana@example.com")
        live = await page.post("/privacy", {**typed, "do": "try"}, headers={"HX-Request": "true"})
        assert live.status_code == 200 and live.text.lstrip().startswith('<div id="tried"')
        assert _tried(live) == [("vault", "ana@example.com")] and "no-store" in live.headers["cache-control"]
        row = await page.post("/privacy", {**typed, "do": "add-line"}, headers={"HX-Request": "true"})
        assert row.text.lstrip().startswith('<form id="rules"') and 'id="said-2"' in row.text
        half = {**typed, "pattern-name": ["A"], "pattern": ["("], "do": "try"}
        wrong = await page.post("/privacy", half, headers={"HX-Request": "true"})
        assert "opened and never closed" in wrong.text and not _tried(wrong)


async def test_what_is_tried_is_neither_kept_nor_logged(
    cast: Cast, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    _, mo = await _shop(cast)
    secret = "zebedee.unseen@example.com"
    with caplog.at_level(logging.DEBUG):
        async with browser(cast.here, email=mo.email) as page:
            typed = await _typed(page, said=f"Write to {secret}", known_known="Zebedee Unseen")
            for do in ("try", "save", "add-line", "standard"):
                assert secret in (await _pressed(page, {**typed, "allowed": ["Merlin"]}, do)).text
    assert not is_in(await whole_database(database_url), "zebedee")
    assert not any("zebedee" in record.getMessage().lower() for record in caplog.records)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"who": ["customer"] * 21, "said": ["Hello"] * 21}, "at most 20 lines"),
        ({"said": "x" * 4001}, "at most 4,000 characters; yours has 4,001"),
        ({"said": "a\0b"}, "cannot be stored"),
        ({"who": "robot", "said": "Hello"}, "offered values"),
        ({"language": "tlh", "said": "Hello"}, "offered values"),
        ({"known_email": "x" * 201, "said": "Hello"}, "at most 200 characters"),
    ],
)
async def test_a_conversation_that_no_chat_would_take_is_refused(cast: Cast, values: dict[str, Any], told: str) -> None:
    _, mo = await _shop(cast)
    async with browser(cast.here, email=mo.email) as page:
        refused = await _pressed(page, await _typed(page, **values), "try")
    assert refused.status_code == 422 and told in refused.text and not _tried(refused)


async def test_the_longest_conversation_fits_and_nobody_else_may_send_as_much(cast: Cast) -> None:
    shop, mo = await _shop(cast)
    long = {"who": ["customer"] * 20, "said": ["é" * 3985 + " a@example.com"] * 20}
    async with browser(cast.here, email=mo.email) as page:
        tried = await _pressed(page, await _typed(page, **long), "try")
        assert tried.status_code == 200 and len(_tried(tried)) == 20
        assert (await page.post("/account/password", {"old": "x" * 65536, "new": "x"})).status_code == 413
    async with browser(cast.here, email=(await cast.moderator(shop)).email) as page:
        assert (await page.post("/privacy", long)).status_code in (403, 413)


async def test_only_staff_are_shown_the_way_there(cast: Cast) -> None:
    shop, mo = await _shop(cast)
    for person, shown in ((mo, True), (await cast.moderator(shop), False), (await cast.expert(shop), False)):
        async with browser(cast.here, email=person.email) as page:
            assert ('href="/privacy"' in (await page.open("/brand")).text) is shown


class _Watched(dict[str, str]):
    """Policies that remember in which threads they were read."""

    def __init__(self, policies: Mapping[str, str]) -> None:
        super().__init__(policies)
        self.threads: set[int] = set()

    def get(self, *asked: Any) -> Any:
        self.threads.add(threading.get_ident())
        return super().get(*asked)


async def test_typed_rules_are_read_beside_the_chats_not_among_them(cast: Cast) -> None:
    _, mo = await _shop(cast)
    policies = _Watched(Draft.of(RULES).policies)
    read = await trying.read(cast.house, await Account.get(id=mo.id), replace(Draft.of(RULES), policies=policies))
    assert read.kept == RULES and read.rules == Rules.from_json(RULES)
    assert policies.threads and threading.get_ident() not in policies.threads


def test_what_becomes_of_each_kind_is_told_without_compiling_a_pattern() -> None:
    unreadable = {"policies": {"phone": "visible"}, "patterns": [{"name": "Frame", "pattern": "("}]}
    assert ruling.visible(unreadable) == {Kind.PHONE}
    assert Draft.of(unreadable).policies["phone"] == "visible"


async def test_who_tries_too_often_is_told_before_anything_is_read_and_loses_nothing(cast: Cast) -> None:
    _, mo = await _shop(cast)
    async with browser(cast.here, email=mo.email) as page:
        typed = await _typed(page, pattern_name="Bird", pattern="heron(")
        assert 'id="pattern-1-error"' in (await _pressed(page, typed, "save")).text
        with suppress(TooMuch):
            while True:
                cast.house.trials.take(cast.house.seal("trials", str(mo.id)))
        refused = await _pressed(page, typed, "save")
    assert refused.status_code == 422 and 'id="pattern-1-error"' not in refused.text
    assert 'id="lines-error"' in refused.text and "heron(" in refused.text


async def test_a_customer_is_promised_only_what_these_rules_hide(cast: Cast) -> None:
    shop, other = await cast.brand(), await cast.brand()
    await Brand.filter(id=shop.id).update(rules={"policies": {"email": "visible", "name": "visible"}})
    ana = await cast.live(shop, await cast.expert(shop))
    async with browser(cast.here) as page:
        asks, standard = (await page.open(f"/b/{shop.slug}")).text, (await page.open(f"/b/{other.slug}")).text
        talks = (await page.open(f"/chats/{ana.chat}", headers={"Authorization": f"Bearer {ana.token}"})).text
    for words in ("E-mail addresses, phone, card", "Hidden from the expert.", "data-email="):
        assert words in standard and words not in asks
    assert "this is hidden: your phone number, your card number, your account or order number." in asks
    assert "data-phone=" in talks and "data-email=" not in talks
    assert "not an employee." in talks and "Your personal data is hidden" not in talks
    assert "Names, addresses" not in talks and "by themselves: your address, your phone number" in talks


async def test_a_brand_that_hides_little_promises_little(cast: Cast) -> None:
    shop = await cast.brand()
    everything = {str(kind): "visible" for kind in CHOOSABLE if kind not in NEVER_VISIBLE}
    await Brand.filter(id=shop.id).update(rules={"policies": everything})
    async with browser(cast.here) as page:
        shown = (await page.open(f"/b/{shop.slug}")).text
    promised = shown.partition("this is hidden: ")[2].partition(".")[0].lower()
    assert "card" in promised and "mail" not in promised and "phone" not in promised
    assert "The expert can read it." in shown
