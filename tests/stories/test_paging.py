"""A rush of questions: experts who are away are called by the ways they switched on, rarely, and without a customer's
word."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from py_vapid import Vapid02

from chatmarket.client import Offers
from chatmarket.errors import Wrong
from chatmarket.flows import calling, paging, sending
from chatmarket.models import Account, Audit, Block, Brand, Expert, Login, Notice, Reach, Skill, Standing, Subscription
from chatmarket.outside.street import Street
from tests.cast import Cast, Person, Shop
from tests.outward import Device, Machine, Mailbox, open_machine, parts
from tests.serving import Town
from tests.stories.browsing import browser, code_of
from tests.stories.listening import eventually, heard

ZONE = {"time_zone": "Europe/Madrid"}
SECRET_WORDS = "My neighbour's kettle sings at night"
TYPED = {
    "on": "yes",
    "waiting_share": "5",
    "pages_per_chat": "10",
    "rest_seconds": "45",
    "patience_seconds": "0",
    "webhook": "",
}


@pytest.fixture
async def machine() -> AsyncIterator[Machine]:
    async with open_machine() as opened:
        yield opened


async def _rushed(cast: Cast, **chosen: Any) -> Shop:
    """A brand at which any question calls at once."""
    shop = await cast.brand(wait_limit_s=600)
    await Brand.filter(id=shop.id).update(paging={"patience_seconds": 0.0, **chosen})
    return shop


async def _reached(cast: Cast, person: Person, **ways: str) -> None:
    async with browser(cast.here, email=person.email) as page:
        kept = await page.post("/reach", {**ZONE, **ways})
        assert kept.status_code == 303, kept.text


async def _sent(person: Person, state: str = "sent") -> list[Notice]:
    return await Notice.filter(expert_id=person.id, state=state).order_by("id")


async def test_who_switched_it_on_is_called_by_mail_and_reads_no_word_of_a_customer(
    cast: Cast, mailbox: Mailbox
) -> None:
    shop = await _rushed(cast)
    ida, off, mo = await cast.expert(shop), await cast.expert(shop), await cast.moderator(shop, role="staff")
    await _reached(cast, ida, mail="yes")
    await cast.customer(shop, SECRET_WORDS)
    mail = await mailbox.next(ida.email)
    plain, html = parts(mail)
    name = shop.slug.title()
    assert mail["Subject"] == f"Questions are waiting at {name}" and mail["Auto-Submitted"] == "auto-generated"
    for text in (plain, html):
        assert name in text and "Topic 0" in text and "/lobby" in text and "/stop/" in text
    assert "kettle" not in mail.as_string() and not mailbox.to(off.email)
    await eventually(lambda: Notice.filter(expert_id=ida.id, state="sent").exists())
    async with browser(cast.there, email=mo.email) as page:
        told = (await page.open("/offering/paging")).text
        assert "Sent" in told and ">Ida<" in told and "E-mail" in told and "kettle" not in told
    async with browser(cast.there, email=ida.email) as page:
        assert name in (await page.open("/reach")).text


async def test_nobody_is_called_twice_in_half_an_hour_whoever_asks_whichever_brand(
    cast: Cast, mailbox: Mailbox, town: Town
) -> None:
    shop, other = await _rushed(cast), await _rushed(cast)
    ida = await cast.expert(shop)
    await Skill.create(expert_id=ida.id, topic_id=other.topic, certified=True)
    await Standing.create(expert_id=ida.id, brand_id=other.id)
    await _reached(cast, ida, mail="yes")
    await cast.customer(shop)
    await mailbox.next(ida.email)
    for where in (shop, other):
        await cast.customer(where)
    now = datetime.now(UTC)
    await asyncio.gather(*(calling.due(house, now) for house in town.houses for _ in range(4)))
    assert await Notice.filter(expert_id=ida.id).count() == 1
    await Reach.filter(account_id=ida.id).update(paged_at=now - timedelta(minutes=31))
    await cast.customer(other)
    told = parts(await mailbox.next(ida.email, 2))[0]
    assert any(brand.slug.title() in told for brand in (shop, other)), "both have questions that wait"
    await asyncio.gather(*(calling.due(house) for house in town.houses for _ in range(4)))
    assert await Notice.filter(expert_id=ida.id).count() == 2


async def test_of_many_clocks_one_calls_and_each_expert_once(cast: Cast, town: Town) -> None:
    shop = await cast.brand(wait_limit_s=600)
    people = await cast.experts(shop, 3)
    for one in people:
        await Reach.create(account_id=one.id, mail=True)
    asked = await cast.customer(shop)
    assert not await Notice.filter(brand_id=shop.id).exists(), "nothing waits for ten seconds yet"
    later = datetime.now(UTC) + timedelta(seconds=11)
    called = await asyncio.gather(*(calling.due(house, later) for house in town.houses for _ in range(6)))
    assert await Notice.filter(brand_id=shop.id).count() == 3, called
    assert {one.expert_id for one in await Notice.filter(brand_id=shop.id)} == {one.id for one in people}
    assert asked.chat


async def test_only_who_is_away_may_answer_and_wants_to_hear_now_is_called(cast: Cast, mailbox: Mailbox) -> None:
    shop, other = await _rushed(cast, waiting_share=0.0), await cast.brand()
    names = (
        "away",
        "online",
        "on_break",
        "paused",
        "uncertified",
        "asleep",
        "closed",
        "silent",
        "resting",
        "blocked",
        "lost",
    )
    people = {name: await cast.expert(shop, name=name) for name in names}
    people["spanish"] = await cast.expert(shop, languages=("es",))
    people["foreign"] = await cast.expert(other)
    now = datetime.now(UTC)
    minute = now.hour * 60 + now.minute
    for name, one in people.items():
        quiet = {"quiet_from": (minute - 60) % 1440, "quiet_to": (minute + 120) % 1440} if name == "asleep" else {}
        await Reach.create(account_id=one.id, mail=name != "silent", **quiet)
    await Expert.filter(account_id=people["on_break"].id).update(available=False)
    await Expert.filter(account_id=people["lost"].id).update(available=False, away="lost")
    await Expert.filter(account_id=people["resting"].id).update(rests_until=now + timedelta(minutes=10))
    by = (await cast.moderator(shop)).id
    await Block.create(brand_id=shop.id, expert_id=people["blocked"].id, by_id=by, reason="rude", at=now)
    await Standing.filter(expert_id=people["paused"].id).update(state="paused")
    await Skill.filter(expert_id=people["uncertified"].id).update(certified=False)
    await Account.filter(id=people["closed"].id).update(disabled_at=now)
    async with people["online"].lobby() as lobby:
        await heard(lobby, Offers)
        await cast.customer(shop)
        for name in ("away", "lost"):
            await mailbox.next(people[name].email)
    called = {one.expert_id for one in await Notice.filter(brand_id=shop.id)}
    assert called == {people["away"].id, people["lost"].id}


async def test_while_enough_are_online_nobody_is_called(cast: Cast) -> None:
    shop = await _rushed(cast, waiting_share=1.0)
    ida, away = await cast.expert(shop), await cast.expert(shop)
    await Reach.create(account_id=away.id, mail=True)
    async with ida.lobby() as lobby:
        await heard(lobby, Offers)
        await cast.customer(shop)
        await calling.due(cast.house)
        assert not await Notice.filter(brand_id=shop.id).exists(), "one question for one expert is no rush"
        await cast.customer(shop)
        await eventually(lambda: Notice.filter(expert_id=away.id).exists())
    off = await _rushed(cast, on=False)
    otto = await cast.expert(off)
    await Reach.create(account_id=otto.id, mail=True)
    await cast.customer(off)
    await calling.due(cast.house)
    assert not await Notice.filter(brand_id=off.id).exists()


async def test_who_was_set_away_with_an_open_lobby_does_not_count_as_online(cast: Cast) -> None:
    shop = await _rushed(cast, waiting_share=1.0)
    ida, away = await cast.expert(shop), await cast.expert(shop)
    for one in (ida, away):
        await Reach.create(account_id=one.id, mail=True)
    async with ida.lobby() as lobby:
        await heard(lobby, Offers)
        await Expert.filter(account_id=ida.id).update(available=False, away="idle")
        await cast.customer(shop)
        await eventually(lambda: Notice.filter(brand_id=shop.id).exists())
    assert [one.expert_id for one in await Notice.filter(brand_id=shop.id)] == [away.id], "who is here sees it there"


async def test_a_mail_is_in_the_readers_language_and_its_link_ends_it_in_one_press(
    cast: Cast, mailbox: Mailbox
) -> None:
    shop = await _rushed(cast)
    ida, ana = await cast.expert(shop), await cast.expert(shop)
    await Account.filter(id=ida.id).update(language="es")
    for one in (ida, ana):
        await _reached(cast, one, mail="yes")
    await cast.customer(shop)
    plain, html = parts(await mailbox.next(ida.email))
    assert "Tema 0" in plain and "Tema 0" in html and "lobby" in plain and "More people" not in plain + html
    path = re.search(r"(/stop/\S+)", plain)[1]  # type: ignore[index]
    async with browser(cast.there) as page:
        assert "Stop these mails" in (await page.open(path)).text
        assert (await Reach.get(account_id=ida.id)).mail, "who only looks presses nothing"
        assert "no more of these mails" in (await page.post(path)).text
        assert (await page.open("/stop/forged")).status_code == 404
        assert (await page.post("/stop/forged")).status_code == 404
        theirs = (await mailbox.next(ana.email))["List-Unsubscribe"].strip("<>").partition("/stop/")[2]
        pressed = {"List-Unsubscribe": "One-Click"}
        foreign = await page.post_raw(f"/stop/{theirs}", pressed, origin="https://evil.example")
        assert foreign.status_code == 403 and (await Reach.get(account_id=ana.id)).mail
        assert (await page.post_raw(f"/stop/{theirs}", pressed, origin=None)).status_code == 204
    assert not (await Reach.get(account_id=ida.id)).mail and not (await Reach.get(account_id=ana.id)).mail


async def test_a_push_is_sealed_for_one_browser_and_goes_with_its_login(cast: Cast, machine: Machine) -> None:
    shop = await _rushed(cast)
    ida = await cast.expert(shop)
    here, gone, out = (Device(f"{machine.url}/{name}") for name in ("here", "gone", "out"))
    machine.answers["/gone"] = "410 Gone"
    for device in (here, gone, out):
        async with browser(cast.here, email=ida.email) as page:
            done = await page.post("/reach/browser", device.subscription())
            assert done.status_code == 204, done.text
            assert "Notify me in this browser" in (await page.open("/reach")).text
            if device is out:
                await page.post("/sign-out")
    assert await Subscription.filter(login__account_id=ida.id).count() == 3
    await cast.customer(shop, SECRET_WORDS)
    post = await machine.next("/here")
    note = json.loads(here.read(post.body))
    assert note["title"] == f"Questions are waiting at {shop.slug.title()}" and "Topic 0" in note["body"]
    assert "kettle" not in str(note) and post.headers["content-encoding"] == "aes128gcm" and post.headers["ttl"]
    assert Vapid02.verify(post.headers["authorization"])
    await machine.next("/gone")
    await eventually(lambda: Notice.filter(expert_id=ida.id, state="failed", result="http_410").exists())
    left = await Subscription.filter(login__account_id=ida.id).values_list("endpoint", flat=True)
    assert set(left) == {here.endpoint, out.endpoint}
    assert not [post for post in machine.taken if post.path == "/out"], "who signed out is pushed to no more"


async def test_a_browser_is_taken_over_read_as_anybodys_word_and_given_back(cast: Cast, machine: Machine) -> None:
    shop = await cast.brand()
    ida, otto = await cast.expert(shop), await cast.expert(shop)
    good = Device(f"{machine.url}/shared").subscription()
    async with browser(cast.here, email=ida.email) as page, browser(cast.there, email=otto.email) as other:
        for wrong in (
            {**good, "endpoint": "ftp://push.example/x"},
            {**good, "endpoint": ""},
            {**good, "public": good["public"][:-4]},
            {**good, "public": "é"},
            {**good, "secret": "short"},
            {**good, "endpoint": "https://push.example/" + "x" * 3000},
        ):
            assert (await page.post("/reach/browser", wrong)).status_code == 422, wrong
        assert (await page.post("/reach/browser", good)).status_code == 204
        assert (await other.post("/reach/browser", good)).status_code == 204
        kept = await Subscription.filter(endpoint=good["endpoint"]).select_related("login")
        assert [one.login.account_id for one in kept] == [otto.id]
        assert (await other.post("/reach/browser/drop")).status_code == 204
    assert not await Subscription.filter(endpoint=good["endpoint"]).exists()


async def test_the_brands_own_system_is_told_signed_and_by_number(cast: Cast, machine: Machine) -> None:
    shop = await _rushed(cast, webhook=f"{machine.url}/hook")
    ida = await cast.expert(shop)
    await _reached(cast, ida, webhook="yes")
    await cast.customer(shop, SECRET_WORDS)
    post = await machine.next("/hook")
    told = json.loads(post.body)
    assert (told["type"], told["brand"], told["expert"]) == ("page", shop.slug, ida.id)
    assert told["topic"] == {"id": shop.topic, "names": {"en": "Topic 0", "es": "Tema 0"}}
    assert "kettle" not in post.body.decode() and ida.email not in post.body.decode() and "Ida" not in str(told)
    at, given = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", post.headers["chatmarket-signature"]).groups()  # type: ignore[union-attr]
    assert given in paging.signatures(cast.house, shop.id, int(at), post.body)
    assert given not in paging.signatures(cast.house, shop.id, int(at) + 1, post.body)


async def test_what_fails_is_tried_again_a_few_times_and_then_no_more(cast: Cast, machine: Machine) -> None:
    shop = await _rushed(cast, webhook=f"{machine.url}/down")
    ida = await cast.expert(shop)
    machine.answers |= {"/down": "503 Busy", "/moved": "302 Found"}
    await _reached(cast, ida, webhook="yes")
    await cast.customer(shop)
    await eventually(lambda: Notice.filter(expert_id=ida.id, tries=1, result="http_503").exists())
    notice = await Notice.get(expert_id=ida.id)
    assert notice.state == "waiting" and notice.due_at > datetime.now(UTC) + timedelta(seconds=10)
    for tries in range(2, 6):
        await Notice.filter(id=notice.id).update(due_at=datetime.now(UTC), made_at=datetime.now(UTC))
        await eventually(lambda tries=tries: Notice.filter(id=notice.id, tries=tries, result="http_503").exists())
    await eventually(lambda: Notice.filter(id=notice.id, state="failed", tries=5).exists())
    assert len(machine.taken) == 5
    moved = await Notice.create(
        brand_id=shop.id,
        kind="page",
        way="webhook",
        expert_id=ida.id,
        topic_id=shop.topic,
        due_at=datetime.now(UTC) + timedelta(hours=1),
        made_at=datetime.now(UTC),
    )
    await Brand.filter(id=shop.id).update(paging={"webhook": f"{machine.url}/moved"})
    await Notice.filter(id=moved.id).update(due_at=datetime.now(UTC))
    await eventually(lambda: Notice.filter(id=moved.id, state="failed", result="http_302").exists())


async def test_of_many_outboxes_one_sends_and_a_page_that_is_old_never_leaves(
    cast: Cast, machine: Machine, town: Town
) -> None:
    shop = await _rushed(cast, webhook=f"{machine.url}/many")
    ida = await cast.expert(shop)
    now = datetime.now(UTC)
    facts = {"brand_id": shop.id, "kind": "page", "way": "webhook", "expert_id": ida.id, "topic_id": shop.topic}
    later = now + timedelta(hours=1)
    fresh = await Notice.create(**facts, due_at=later, made_at=now)
    old = await Notice.create(**facts, due_at=later, made_at=now - timedelta(minutes=16))
    await Notice.filter(id__in=[fresh.id, old.id]).update(due_at=now)
    await asyncio.gather(*(sending.due(house) for house in town.houses for _ in range(4)))
    await eventually(lambda: Notice.filter(id=fresh.id, state="sent", tries=1).exists())
    await eventually(lambda: Notice.filter(id=old.id, state="failed", result="too_late").exists())
    assert len(machine.taken) == 1
    long_ago = now - timedelta(days=91)
    await Notice.filter(id__in=[fresh.id, old.id]).update(made_at=long_ago, due_at=long_ago)
    await sending.forget()
    assert not await Notice.filter(expert_id=ida.id).exists()


async def test_an_invitation_leaves_by_mail_and_one_taken_back_does_not(cast: Cast, mailbox: Mailbox) -> None:
    shop = await cast.brand()
    sam = await cast.moderator(shop, role="staff")
    to, never = f"new@{shop.slug}.example.com", f"never@{shop.slug}.example.com"
    mailbox.refused[never] = "550 no such person"
    async with browser(cast.here, email=sam.email) as page:
        table = {"table": f"{to}, Zoe, es\n{never}, Nobody, en", "days": "14", "do": "invite"}
        assert "2 links" in (await page.post("/recruiting/invitations/table", table)).text
        plain, html = parts(await mailbox.next(to))
        assert shop.slug.title() in plain and "invita" in plain
        path = re.search(r"(/join/\S+)", plain)[1]  # type: ignore[index]
        assert path in html
        assert (await page.open(path)).status_code == 200
        await eventually(lambda: Notice.filter(brand_id=shop.id, state="failed", result="smtp_550").exists())
        told = (await page.open("/recruiting/invitations")).text
        assert "Sent by e-mail" in told and "could not be sent" in told
        assert "An invitation" in (await page.open("/offering/paging")).text
    assert not mailbox.to(never) and len(mailbox.to(to)) == 1


async def test_staff_choose_when_experts_are_called_and_what_is_no_number_or_address_is_refused(cast: Cast) -> None:
    shop = await cast.brand()
    sam, mo = await cast.moderator(shop, role="staff"), await cast.moderator(shop)
    async with browser(cast.here, email=sam.email) as page:
        assert "Nothing has left yet" in (await page.open("/offering/paging")).text
        saved = await page.post("/offering/paging", {**TYPED, "webhook": "http://127.0.0.1:9/hook"})
        assert saved.status_code == 303
        assert 'value="45"' in (await page.open("/offering/paging?saved")).text
        for name, value in (
            ("on", "maybe"),
            ("waiting_share", "-1"),
            ("pages_per_chat", "51"),
            ("rest_seconds", "29"),
            ("patience_seconds", "ten"),
            ("webhook", "ftp://example.com"),
            ("webhook", "https://me:pass@example.com"),
            ("webhook", "nothing"),
        ):
            refused = await page.post("/offering/paging", {**TYPED, name: value})
            assert refused.status_code == 422 and f'id="{name}-error"' in refused.text, (name, value)
    async with browser(cast.here, email=mo.email) as page:
        assert (await page.post("/offering/paging", TYPED)).status_code == 403
    kept = paging.summons_of(await Brand.get(id=shop.id))
    assert kept.policy.rest_seconds == 2700.0 and kept.policy.waiting_share == 0.05 and kept.webhook
    assert (await Audit.get(brand_id=shop.id, action="paging")).facts["webhook"] is True


async def test_a_webhook_of_our_own_network_is_refused_when_it_is_saved(
    cast: Cast, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await cast.brand()
    sam = await cast.moderator(shop, role="staff")
    staff = await Account.get(id=sam.id)
    monkeypatch.setattr(town.house, "outside", replace(town.house.outside, street=Street()))
    for url in ("https://localhost/hook", "https://127.0.0.1/", "https://10.0.0.8:8443/x", "https://intranet/"):
        with pytest.raises(Wrong) as refused:
            await paging.choose(town.house, staff, {**TYPED, "webhook": url})
        assert refused.value.field == "webhook"
    assert (await Brand.get(id=shop.id)).paging is None
    await paging.choose(town.house, staff, {**TYPED, "webhook": "https://93.184.216.34/hook"})
    assert paging.summons_of(await Brand.get(id=shop.id)).webhook


async def test_an_expert_says_how_to_be_reached_and_what_cannot_be_is_said(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    async with browser(cast.here, email=ida.email) as page:
        told = (await page.open("/reach")).text
        assert "Nobody has called you yet" in told and "None of your brands has one" in told
        assert told.count("checked") == 0, "all is off before they say so"
        quiet = {"mail": "yes", "quiet_from": "22:30", "quiet_to": "07:00", **ZONE}
        assert (await page.post("/reach", quiet)).status_code == 303
        told = (await page.open("/reach?saved")).text
        assert 'value="22:30"' in told and told.count("checked") == 1
        for wrong in ({"quiet_from": "25:00"}, {"quiet_to": ""}, {"time_zone": "Mars/Base"}):
            refused = await page.post("/reach", {**quiet, **wrong})
            assert refused.status_code == 422 and "-error" in refused.text, wrong
        none = (await page.post("/reach", {**quiet, "quiet_from": "22:00", "quiet_to": "22:00"})).text
        assert 'id="quiet_to-error"' in none and "Leave both empty" in none
    kept = await Reach.get(account_id=ida.id)
    assert (kept.mail, kept.push, kept.quiet_from, kept.quiet_to) == (True, False, 1350, 420)
    assert (await Expert.get(account_id=ida.id)).time_zone == "Europe/Madrid"
    assert code_of(refused) is None and await Login.filter(account_id=ida.id).exists()
