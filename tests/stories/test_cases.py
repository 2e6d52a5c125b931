"""A pause is a case: a person of the brand decides it, with the dossier before them and a reason in words."""

import asyncio
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chatmarket.client import ApiError, Standing
from chatmarket.flows import assessing, deciding, requalifying
from chatmarket.flows.assessing import NotNow
from chatmarket.models import (
    Account,
    Attempt,
    Audit,
    Case,
    Decision,
    Exam,
    Movement,
    Plea,
    Question,
    Skill,
)
from chatmarket.models import Standing as Kept
from chatmarket.store import rows
from tests.cast import Cast, Person, Shop
from tests.stories.browsing import browser
from tests.stories.listening import heard, shown

WHY = "Three chats about an outage that nobody could have solved."


async def _paused(cast: Cast, shop: Shop, ida: Person) -> Case:
    while not (found := await Case.filter(expert_id=ida.id).order_by("-id").first()):
        await cast.rated(shop, ida, resolved=False)
    return found


async def _decides(cast: Cast, who: Person, case: Case, what: str, reason: str = WHY) -> int:
    async with browser(cast.here, email=who.email) as page:
        sent = {"what": what, "reason": reason, "read": "yes"}
        return (await page.post(f"/cases/{case.id}/decide", sent)).status_code


async def _standing(ida: Person) -> Kept:
    return await Kept.get(expert_id=ida.id)


async def test_a_pause_opens_one_case_with_all_that_was_known(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop, name="Idoia"), await cast.moderator(shop)
    async with browser(cast.here, email=mo.email) as page:
        assert "No case waits" in (await page.open("/cases")).text
        case = await _paused(cast, shop, ida)
        assert "open case" in (await page.open("/board")).text
        assert "Idoia" in (await page.open("/cases")).text
        told = (await page.open(f"/cases/{case.id}")).text
        assert "would have opened it" in told and "0 of 3" in told
        kept = case.dossier
        assert (kept["ratings"], kept["resolved"], kept["clears"]) == (3, 0, kept["clears"]) and kept["clears"] > 0
        assert [(one["resolved"], one["left"]) for one in kept["movements"]] == [(False, None)] * 3
        for one in kept["movements"]:
            assert f"/watch/{one['chat_id']}" in told
    await cast.rated(shop, await cast.expert(shop), resolved=True)
    assert (await Case.get(id=case.id)).dossier == kept, "the dossier is of the moment of the pause"
    assert await Audit.filter(brand_id=shop.id, action="open_case").count() == 1


async def test_a_decision_is_made_by_who_says_that_they_have_read_the_dossier(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    case = await _paused(cast, shop, ida)
    async with browser(cast.here, email=mo.email) as page:
        unread = await page.post(f"/cases/{case.id}/decide", {"what": "reopen", "reason": WHY})
        assert unread.status_code == 422 and 'name="read"' in unread.text and 'id="read-error"' in unread.text
        assert WHY in unread.text and 'value="reopen" required checked' in unread.text
    assert not await Decision.filter(case_id=case.id).exists()


async def test_what_a_decision_quotes_of_a_customer_is_kept_nowhere(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    await cast.rated(shop, ida, resolved=False, known={"name": ["Odalys Brightwell"]})
    case = await _paused(cast, shop, ida)
    assert await _decides(cast, mo, case, "reopen", "Odalys Brightwell asked about an outage.") == 303
    assert (await Decision.get(case_id=case.id)).reason == "[name] asked about an outage."


async def test_two_verdicts_at_once_open_one_case(cast: Cast) -> None:
    shop = await cast.brand(topics=3)
    ida = await cast.expert(shop)
    for _ in range(2):
        await cast.rated(shop, ida, resolved=False)
    await Kept.filter(expert_id=ida.id).update(capacity=3)
    chats = [await cast.live(shop, ida, at=at) for at in (cast.here, cast.there, cast.here)]
    for one in chats:
        await one.end()
    await asyncio.gather(*(one.rate(resolved=False) for one in chats))
    assert await Case.filter(expert_id=ida.id).count() == 1 and (await _standing(ida)).state == "paused"


async def test_only_people_of_the_brand_see_a_case_and_only_its_expert_answers(cast: Cast) -> None:
    shop, other = await cast.brand(), await cast.brand()
    ida, peer = await cast.expert(shop), await cast.expert(shop)
    stranger = await cast.moderator(other, role="staff")
    case = await _paused(cast, shop, ida)
    async with browser(cast.here, email=stranger.email) as page:
        assert (await page.open(f"/cases/{case.id}")).status_code == 404
        assert "No case waits" in (await page.open("/cases")).text
    assert await _decides(cast, stranger, case, "reopen") == 404
    for who in (ida, peer):
        async with browser(cast.here, email=who.email) as page:
            assert (await page.open("/cases")).status_code == 403
            assert (await page.open(f"/cases/{case.id}")).status_code == 403
            assert (await page.post(f"/cases/{case.id}/decide", {"what": "reopen"})).status_code == 403
    async with browser(cast.here, email=peer.email) as page:
        for deed in ("answer", "appeal", "exam"):
            assert (await page.post(f"/cases/{case.id}/{deed}", {"text": "Let me."})).status_code == 404
    assert not await Plea.exists(case_id=case.id) and not await Decision.exists(case_id=case.id)


@pytest.mark.parametrize(("what", "mu", "state"), [("reopen", None, "warning"), ("reenter", -0.2, "open")])
async def test_a_lifted_pause_brings_the_offers_back(cast: Cast, what: str, mu: float | None, state: str) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop, at=cast.there), await cast.moderator(shop)
    case = await _paused(cast, shop, ida)
    before = await _standing(ida)
    waiting = await cast.customer(shop)
    async with ida.lobby() as lobby:
        await shown(lobby)
        assert await _decides(cast, mo, case, what) == 303
        await shown(lobby, waiting.chat)
    after = await _standing(ida)
    assert after.state == state and after.mu == pytest.approx(before.mu if mu is None else mu)
    assert after.capacity == 1 and (what == "reopen" or after.v == pytest.approx(0.64))
    async with browser(cast.here, email=ida.email) as page:
        told = (await page.open(f"/standing/{shop.slug}")).text
        assert WHY in told and "A person lifted the pause" in told
    await ida.claim(waiting)
    if what == "reopen":
        await Kept.filter(expert_id=ida.id).update(mu=-2.0)  # so low that a single yes does not lift it over the gate
    await waiting.end()
    await waiting.rate(resolved=True)
    assert (await _standing(ida)).state != "paused", "a yes shuts no gate"
    if what == "reopen":
        await cast.rated(shop, ida, resolved=False)
        assert (await _standing(ida)).state == "paused"
        assert await Case.filter(expert_id=ida.id).count() == 2


async def test_who_came_back_has_one_chat_at_once_for_twenty_ratings(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    case = await _paused(cast, shop, ida)
    await Kept.filter(expert_id=ida.id).update(ratings=100)
    await _decides(cast, mo, case, "reenter")
    await cast.rated(shop, ida, resolved=True)
    assert (await _standing(ida)).capacity == 1
    await Kept.filter(expert_id=ida.id).update(ratings=119)
    await cast.rated(shop, ida, resolved=True)
    assert (await _standing(ida)).capacity > 1


async def test_a_decision_needs_a_reason_that_leads_to_nobody_and_is_made_once(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo, sam = await cast.expert(shop), await cast.moderator(shop), await cast.moderator(shop, role="staff")
    case = await _paused(cast, shop, ida)
    assert await _decides(cast, mo, case, "reopen", " ") == 422
    assert await _decides(cast, mo, case, "reopen", "Write to mo@example.com") == 422
    assert await _decides(cast, mo, case, "uphold") == 422
    assert await _decides(cast, mo, case, "close") == 403, "a moderator ends nobody's work"
    assert not await Decision.exists(case_id=case.id)
    told = await asyncio.gather(*(_decides(cast, who, case, "reopen") for who in (mo, sam, mo, sam)))
    assert Counter(told) == {303: 1, 409: 3}
    assert await Decision.filter(case_id=case.id).count() == 1
    kept = await Audit.get(brand_id=shop.id, action="decide_case")
    assert kept.facts == {"expert": ida.id, "case": case.id, "what": "reopen"}
    for sql in ("UPDATE decision SET reason = 'x'", "DELETE FROM decision"):
        with pytest.raises(Exception, match="rows are only ever added"):  # each database names it differently
            await rows(f"{sql} WHERE case_id = {case.id} RETURNING id")
    async with browser(cast.here, email=mo.email) as page:
        assert "Decided a case" in (await page.open("/audit")).text
        assert f"/cases/{case.id}" in (await page.open("/cases?show=decided")).text


async def test_the_expert_answers_once_and_reads_who_decided_nowhere(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop, name="Monserrat")
    case = await _paused(cast, shop, ida)
    async with browser(cast.there, email=ida.email) as page:
        empty = await page.post(f"/cases/{case.id}/answer", {"text": " "})
        assert empty.status_code == 422 and "Please fill this in" in empty.text
        assert (await page.post(f"/cases/{case.id}/answer", {"text": "The shop was down."})).status_code == 303
        twice = await page.post(f"/cases/{case.id}/answer", {"text": "And again."})
        assert twice.status_code == 409 and "What you wrote stays" in twice.text
        async with browser(cast.here, email=mo.email) as brand:
            assert "The shop was down." in (await brand.open(f"/cases/{case.id}")).text
        await _decides(cast, mo, case, "reopen")
        own = (await page.open(f"/standing/{shop.slug}")).text
        assert "The shop was down." in own and WHY in own and "Monserrat" not in own
        late = await page.post(f"/cases/{case.id}/appeal", {"text": "Why?"})
        assert late.status_code == 409 and "nothing to appeal" in late.text
    assert await Plea.filter(case_id=case.id).count() == 1


async def test_a_closed_door_is_appealed_once_and_another_person_decides(cast: Cast) -> None:
    shop = await cast.brand()
    ida, sam, ute = (
        await cast.expert(shop),
        await cast.moderator(shop, role="staff"),
        await cast.moderator(shop, role="staff"),
    )
    case = await _paused(cast, shop, ida)
    assert await _decides(cast, sam, case, "close", "It does not work out.") == 303
    ana = await cast.customer(shop)
    with pytest.raises(ApiError, match="409 paused_gate"):
        await ida.claim(ana)
    assert (await _standing(ida)).state == "closed"
    async with browser(cast.there, email=ida.email) as page:
        assert "has ended the work with you" in (await page.open("/lobby")).text
        assert (await page.post(f"/cases/{case.id}/appeal", {"text": "It was the outage."})).status_code == 303
        twice = await page.post(f"/cases/{case.id}/appeal", {"text": "Again."})
        assert twice.status_code == 409 and "appealed already" in twice.text
    async with browser(cast.here, email=sam.email) as page:
        own = await page.post(f"/cases/{case.id}/decide", {"what": "uphold", "reason": WHY, "read": "yes"})
        assert own.status_code == 403 and "another person" in own.text
    assert await _decides(cast, ute, case, "reenter", "It was the outage.") == 303
    assert (await _standing(ida)).state == "open"
    await ida.claim(ana)
    async with browser(cast.there, email=ida.email) as page:
        assert (await page.post(f"/cases/{case.id}/appeal", {"text": "Again."})).status_code == 409
    assert [one.what for one in await Decision.filter(case_id=case.id).order_by("round")] == ["close", "reenter"]


async def test_where_the_brand_has_one_person_that_one_decides_the_appeal(cast: Cast) -> None:
    shop = await cast.brand()
    ida, sam = await cast.expert(shop), await cast.moderator(shop, role="staff")
    gone = await cast.moderator(shop)
    await Account.filter(id=gone.id).update(disabled_at=datetime.now(UTC))
    case = await _paused(cast, shop, ida)
    await _decides(cast, sam, case, "close")
    await deciding.appeal(cast.house, await Account.get(id=ida.id), case.id, "Please look again.")
    assert await _decides(cast, sam, case, "uphold") == 303
    assert (await _standing(ida)).state == "closed"


# The way back


async def _exam(shop: Shop, questions: int = 12) -> Exam:
    now = datetime.now(UTC)
    exam = await Exam.create(
        brand_id=shop.id,
        language="en",
        version=1,
        state="published",
        most=6,
        minutes=30,
        attempts=3,
        pause_days=7,
        made_at=now,
        published_at=now,
    )
    for n in range(questions):
        await Question.create(exam_id=exam.id, kind="short", text=f"Which? {n}", options=[], right=["42"])
    return exam


async def _sits(cast: Cast, ida: Person, case: Case, right: int, now: datetime | None = None) -> str:
    account = await Account.get(id=ida.id)
    attempt = await requalifying.begin(cast.house, account, case.id, now=now)
    sheet = await assessing.look(cast.house, account, attempt.id, now)
    for n in range(10):
        question = sheet.next
        assert question is not None, f"only {n} questions were asked"
        form = {"question": str(question.id), "given": "42" if n < right else "7"}
        sheet = await assessing.answer(cast.house, account, attempt.id, form, now=now)
    assert sheet.next is None
    return str((await Attempt.get(id=attempt.id)).state)


async def test_the_way_back_is_an_exam_after_seven_days(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop, at=cast.there), await cast.moderator(shop)
    await _exam(shop)
    case = await _paused(cast, shop, ida)
    async with browser(cast.there, email=ida.email) as page:
        assert "reads these chats and decides" in (await page.open("/lobby")).text
    assert await _decides(cast, mo, case, "requalify") == 303
    async with browser(cast.there, email=ida.email) as page:
        assert "ten questions, eight right" in (await page.open(f"/standing/{shop.slug}")).text
        day = (await Case.get(id=case.id)).exam_from
        for path in ("/lobby", "/standing", f"/standing/{shop.slug}"):
            told = (await page.open(path)).text
            assert f"has decided: the way back is an exam, open from {day:%Y-%m-%d}" in told
            assert "reads these chats and decides" not in told, "it is decided"
        early = await page.post(f"/cases/{case.id}/exam")
        assert early.status_code == 409 and "The next is open from" in early.text
        await Case.filter(id=case.id).update(exam_from=datetime.now(UTC) - timedelta(minutes=1))
        begun = await page.post(f"/cases/{case.id}/exam")
        assert begun.status_code == 303
        assert (await page.post(f"/cases/{case.id}/exam")).headers["location"] == begun.headers["location"]
        assert "10 questions come, and eight must be right" in (await page.open(begun.headers["location"])).text
    async with ida.lobby() as lobby:
        assert await _sits(cast, ida, case, right=8) == "passed"
        await heard(lobby, Standing, gate="open")
    kept = await _standing(ida)
    assert (kept.mu, kept.v, kept.capacity) == (pytest.approx(-0.2), pytest.approx(0.64), 1)
    assert await Movement.filter(expert_id=ida.id, what="requalified").count() == 1
    with pytest.raises(NotNow):
        await _sits(cast, ida, case, right=10)
    with pytest.raises(deciding.NoAppeal):
        await deciding.appeal(cast.house, await Account.get(id=ida.id), case.id, "It is over.")
    assert await Skill.filter(expert_id=ida.id, certified=True).count() == len(shop.topics), "it certifies nothing new"


async def test_seven_right_are_not_enough_and_it_may_be_sat_again_a_week_later(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    await _exam(shop)
    case = await _paused(cast, shop, ida)
    await _decides(cast, mo, case, "requalify")
    later = datetime.now(UTC) + timedelta(days=7, minutes=1)
    assert await _sits(cast, ida, case, right=7, now=later) == "failed"
    assert (await _standing(ida)).state == "paused"
    with pytest.raises(NotNow):
        await _sits(cast, ida, case, right=10, now=later + timedelta(days=6))
    assert await _sits(cast, ida, case, right=10, now=later + timedelta(days=8)) == "passed"
    assert (await _standing(ida)).state == "open"


async def test_a_pool_that_is_too_small_and_a_third_way_back_are_refused_to_who_decides(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    case = await _paused(cast, shop, ida)
    for questions in (0, 9):
        if questions:
            await _exam(shop, questions)
        async with browser(cast.here, email=mo.email) as page:
            few = await page.post(f"/cases/{case.id}/decide", {"what": "requalify", "reason": WHY, "read": "yes"})
            assert few.status_code == 422 and "10 questions that are scored at once" in few.text and WHY in few.text
    for _ in range(2):
        await _decides(cast, mo, case, "reenter")
        await Kept.filter(expert_id=ida.id).update(mu=-2.0)
        await cast.rated(shop, ida, resolved=False)
        case = await Case.get(expert_id=ida.id, state="open")
    assert await _decides(cast, mo, case, "reenter") == 422
    assert (await _standing(ida)).state == "paused"
    assert await _decides(cast, mo, case, "reopen") == 303, "a person may still lift the pause"


# What the expert reads


async def test_no_single_rating_is_told_before_it_is_final_and_never_whose(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    chats = [(await cast.rated(shop, ida, resolved=True)).chat]
    async with browser(cast.here, email=ida.email) as page:
        for place in ("/standing", f"/standing/{shop.slug}"):
            told = (await page.open(place)).text
            assert "1 newer rating is not final yet" in told and "are usual here" not in told
        for _ in range(5):
            chats.append((await cast.rated(shop, ida, resolved=True)).chat)
        told = (await page.open(f"/standing/{shop.slug}")).text
        assert told.count("are usual here") == 1 and "5 newer ratings are not final yet" in told
        await Movement.filter(expert_id=ida.id).update(at=datetime.now(UTC) - timedelta(hours=24, minutes=1))
        told = (await page.open(f"/standing/{shop.slug}")).text
        assert told.count("are usual here") == 6 and "not final yet" not in told
        assert not any(f"#{chat}" in told or f"/{chat}" in told for chat in chats)


async def test_a_long_history_has_pages_and_the_brand_reads_the_same(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    last = await cast.rated(shop, ida, resolved=True)
    one = await Movement.get(chat_id=last.chat)
    facts = {name: getattr(one, name) for name in ("brand_id", "expert_id", "topic_id", "what", "resolved", "baseline")}
    facts |= {name: getattr(one, name) for name in ("mu_before", "v_before", "mu_after", "v_after")}
    old = datetime.now(UTC) - timedelta(days=3)
    await Movement.bulk_create([Movement(**facts, chat_id=None, at=old) for _ in range(44)])
    for who, path in ((ida, f"/standing/{shop.slug}"), (mo, f"/experts/{ida.id}")):
        async with browser(cast.here, email=who.email) as page:
            seen, pages, older = 0, 0, [path]
            while older:
                text = (await page.open(older[0])).text
                seen, pages = seen + text.count("are usual here"), pages + 1
                older = re.findall(r'href="([^"]+\?before=\d+)"', text)
            assert (seen, pages) == (45, 3)
            assert (await page.open(f"{path}?before=x")).status_code == 200
    async with browser(cast.here, email=mo.email) as page:
        assert f"/watch/{last.chat}" in (await page.open(f"/experts/{ida.id}?before={one.id + 1}")).text


async def test_programs_read_the_same(cast: Cast) -> None:
    shop, other = await cast.brand(), await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    case = await _paused(cast, shop, ida)

    async def call(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {ida.token}"}
        async with browser(cast.there) as page:
            answer = await page.http.request(method, f"/api/v1{path}", json=body, headers=headers)
            return answer.status_code, answer.json()

    status, told = await call("GET", "/standing")
    assert status == 200 and [one["gate"] for one in told["standings"]] == ["paused"]
    status, told = await call("GET", f"/standing/{shop.slug}")
    assert (status, told["hidden"], told["case"]["state"]) == (200, 3, "open")
    assert told["case"]["dossier"]["clears"] > 0 and told["clears"] > 0
    assert "mu" in json.dumps(told["case"]["dossier"]) and "chat_id" not in json.dumps(told)
    assert (await call("GET", f"/standing/{other.slug}"))[0] == 404
    assert (await call("GET", f"/standing/{shop.slug}?before=x"))[0] == 422
    assert (await call("POST", f"/cases/{case.id}/appeal", {"text": "Why?"}))[1]["error"]["code"] == "no_appeal"
    assert (await call("POST", f"/cases/{case.id}/answer", {"text": 5}))[0] == 422
    assert (await call("POST", f"/cases/{case.id}/answer", {"text": "An outage."}))[0] == 201
    assert (await call("POST", f"/cases/{case.id}/answer", {"text": "An outage."}))[1]["error"]["code"] == "said_before"
    await _exam(shop)
    await _decides(cast, mo, case, "requalify")
    assert (await call("POST", f"/cases/{case.id}/answer", {"text": "Late."}))[1]["error"]["code"] == "said_before"
    assert (await call("POST", f"/cases/{case.id}/appeal", {"text": "Why?"}))[0] == 201
    assert (await call("GET", f"/standing/{shop.slug}"))[1]["case"]["state"] == "appealed"


async def test_the_board_warns_of_a_brand_where_most_chats_fail(cast: Cast) -> None:
    shop, well = await cast.brand(), await cast.brand()
    for place, resolved in ((shop, (True, False, True, False)), (well, (True, True, True, False))):
        ida, mo = await cast.expert(place), await cast.moderator(place)
        for one in resolved:
            await cast.rated(place, ida, resolved=one)
        cast.house.tallies.drop(place.id)  # counted at most once a minute, first for the lobby above
        async with browser(cast.here, email=mo.email) as page:
            assert ("Fewer than 70 of 100" in (await page.open("/board")).text) == (place is shop)


async def test_a_customer_never_reads_what_a_no_means_for_pay(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.live(shop, ida)
    async with browser(cast.here) as page:
        page.http.cookies.set(f"chat_{ana.chat}", ana.token)
        for moment in (ana.end, lambda: ana.rate(resolved=False)):
            await moment()
            for language in ("en", "es"):
                page.http.cookies.set("language", language)
                told = (await page.open(f"/chats/{ana.chat}")).text.lower()
                assert not any(word in told for word in ("paid", "unpaid", "reward", "€", "1.40", "pago", "cobra"))
