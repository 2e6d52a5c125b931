"""Exams from draft to certificate: written, published for good, sat against the clock, judged blind, and refused."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from chatmarket.client import ApiError, Message
from chatmarket.flows import assessing, marking, practising
from chatmarket.models import (
    Account,
    Answer,
    Application,
    Attempt,
    Audit,
    Chat,
    Exam,
    Expert,
    Question,
    Skill,
    Vote,
)
from tests.cast import Cast, Person, Shop
from tests.stories.browsing import Browser, browser
from tests.stories.listening import eventually, heard

RIGHT = "Hold it for ten seconds"


async def _written(staff: Person, *extra: dict[str, Any], url: str, language: str = "en", **settings: str) -> int:
    """A published exam of six short questions and what else is given."""
    async with browser(url, email=staff.email) as page:
        made = await page.post("/recruiting/exams", {"language": language})
        path = made.headers["location"]
        given = {"most": "6", "minutes": "30", "attempts": "3", "pause_days": "7", **settings}
        assert (await page.post(path, given)).status_code == 303
        pool = [{"kind": "short", "text": f"How do you reset number {n}?", "lines": RIGHT} for n in range(6)]
        for question in (*pool, *extra):
            assert (await page.post(f"{path}/questions", question)).status_code == 303
        assert (await page.post(f"{path}/publish")).status_code == 303
    return int(path.rpartition("/")[2])


async def _begun(page: Browser, shop: Shop, language: str = "en") -> str:
    begun = await page.post(f"/brands/{shop.slug}/exam", {"language": language})
    assert begun.status_code == 303, begun.text
    return str(begun.headers["location"])


def _asked(text: str) -> str:
    found = re.search(r'name="question" value="(\d+)"', text)
    assert found, text
    return found[1]


async def _answers(page: Browser, path: str, *given: str) -> str:
    """Answers the questions that come, one after the other; the page after the last."""
    for one in given:
        question = _asked((await page.open(path)).text)
        done = await page.post(path, {"question": question, "given": one})
        assert done.status_code == 303, done.text
    return (await page.open(path)).text


async def _certified(person: Person) -> set[int]:
    return {skill.topic_id for skill in await Skill.filter(expert_id=person.id, certified=True)}


async def test_who_answers_well_is_certified_for_what_they_applied_for_and_claims(cast: Cast) -> None:
    shop = await cast.brand(open_admission=False)
    sam, ida = await cast.moderator(shop, role="staff"), await cast.expert(shop, languages=("en", "es"))
    await _written(sam, url=cast.here)
    async with browser(cast.there, email=ida.email) as page:
        assert "Begin the exam" in (await page.open("/brands")).text
        path = await _begun(page, shop)
        told = await _answers(page, path, *["hold  it for TEN seconds!"] * 5, "no idea")
        assert "Not passed" not in told and "Passed" in told and "5 of 6 right" in told
        assert "You are certified for every topic" in (await page.open("/brands")).text
    assert await _certified(ida) == {topic.id for topic in shop.topics}
    await ida.claim(await cast.customer(shop))
    with pytest.raises(ApiError, match="unskilled"):
        await ida.claim(await cast.customer(shop, "¿Cómo?", language="es"))
    row = await Audit.get(brand_id=shop.id, action="pass_exam")
    assert row.facts["expert"] == ida.id and row.facts["why"] == "passed"


async def test_who_does_not_know_fails_early_is_told_why_and_waits_before_the_next_attempt(cast: Cast) -> None:
    shop = await cast.brand(open_admission=False)
    sam, ida = await cast.moderator(shop, role="staff"), await cast.expert(shop)
    await _written(sam, url=cast.here, attempts="2")
    async with browser(cast.here, email=ida.email) as page:
        path = await _begun(page, shop)
        told = await _answers(page, path, "no", "no")
        assert "Not passed this time" in told and "Too few answers were right" in told and "0 of 2 right" in told
        over = await page.post(path, {"question": "999999", "given": RIGHT})
        assert over.status_code == 409 and "This exam is over" in over.text
        again = await page.post(f"/brands/{shop.slug}/exam", {"language": "en"})
        assert again.status_code == 409 and "pause between two attempts" in again.text
        await Attempt.filter(expert_id=ida.id).update(decided_at=datetime.now(UTC) - timedelta(days=8))
        first = await Attempt.get(expert_id=ida.id)
        path = await _begun(page, shop)
        await _answers(page, path, "no", "no")
        await Attempt.filter(expert_id=ida.id).update(decided_at=datetime.now(UTC) - timedelta(days=8))
        spent = await page.post(f"/brands/{shop.slug}/exam", {"language": "en"})
        assert spent.status_code == 409 and "used your 2 attempts" in spent.text
    second = (await Attempt.filter(expert_id=ida.id).order_by("-id"))[0]
    assert second.drawn != first.drawn or len(set(second.drawn)) == 6
    assert await _certified(ida) == set()


async def test_an_attempt_survives_everything_and_each_question_is_answered_once(cast: Cast) -> None:
    shop = await cast.brand(open_admission=False)
    sam, ida = await cast.moderator(shop, role="staff"), await cast.expert(shop)
    await _written(sam, url=cast.here)
    async with browser(cast.here, email=ida.email) as page, browser(cast.there, email=ida.email) as other:
        path = await _begun(page, shop)
        assert await _begun(other, shop) == path, "begun twice it is one attempt"
        question = _asked((await page.open(path)).text)
        fields = {"question": question, "given": RIGHT}
        both = await asyncio.gather(page.post(path, fields), other.post(path, {**fields, "given": "no"}))
        assert sorted(one.status_code for one in both) == [303, 409]
        assert "the first answer stays" in next(one.text for one in both if one.status_code == 409)
        assert (await other.post(path, {"question": "999999", "given": "x"})).status_code == 422
        assert (
            await other.post(path, {"question": _asked((await other.open(path)).text), "given": ""})
        ).status_code == 422
        assert await Answer.filter(attempt_id=int(path.rpartition("/")[2])).count() == 1
        assert _asked((await other.open(path)).text) != question


async def test_time_is_up_for_who_answers_late_and_for_who_never_comes_back(cast: Cast) -> None:
    shop = await cast.brand(open_admission=False)
    sam, ida, otto = await cast.moderator(shop, role="staff"), await cast.expert(shop), await cast.expert(shop)
    await _written(sam, url=cast.here)
    now = datetime.now(UTC)
    account, gone = await Account.get(id=ida.id), await Account.get(id=otto.id)
    late = await assessing.begin(cast.house, account, shop.slug, "en", rng=Random(1), now=now)
    left = await assessing.begin(cast.house, gone, shop.slug, "en", rng=Random(2), now=now)
    given = {"question": str(late.drawn[0]), "given": RIGHT}
    with pytest.raises(assessing.TimeUp):
        await assessing.answer(cast.house, account, late.id, given, now=now + timedelta(minutes=30))
    await assessing.due(cast.house, now + timedelta(minutes=31))
    for attempt in (late, left):
        await attempt.refresh_from_db()
        assert (attempt.state, attempt.reasons["why"], attempt.sitting) == ("failed", "time", None)
    assert await Audit.filter(brand_id=shop.id, action="fail_exam").count() == 2
    async with browser(cast.here, email=ida.email) as page:
        assert "The time was up" in (await page.open(f"/exams/{late.id}")).text


async def test_another_brands_exam_language_and_attempt_are_none_of_ones_business(cast: Cast) -> None:
    shop, other = await cast.brand(open_admission=False), await cast.brand(open_admission=False)
    sam, rival = await cast.moderator(shop, role="staff"), await cast.moderator(other, role="staff")
    ida, stranger = await cast.expert(shop), await cast.expert(other)
    exam = await _written(sam, url=cast.here)
    async with browser(cast.here, email=stranger.email) as page:
        assert (await page.post(f"/brands/{shop.slug}/exam", {"language": "en"})).status_code == 404
    async with browser(cast.here, email=ida.email) as page:
        path = await _begun(page, shop)
        assert (await page.post(f"/brands/{shop.slug}/exam", {"language": "es"})).status_code == 404
    async with browser(cast.there, email=stranger.email) as page:
        assert (await page.open(path)).status_code == 404
        assert (await page.post(path, {"question": "1", "given": "x"})).status_code == 404
        assert (await page.post(f"{path}/practice")).status_code == 404
    async with browser(cast.there, email=rival.email) as page:
        for path in ("", "/publish", "/retire", "/questions"):
            assert (await page.post(f"/recruiting/exams/{exam}{path}", {"kind": "short"})).status_code == 404
        own = (await page.post("/recruiting/exams", {"language": "en"})).headers["location"]
        foreign = {"kind": "short", "text": "Which?", "lines": "this", "topic": str(shop.topic)}
        refused = await page.post(f"{own}/questions", foreign)
        assert refused.status_code == 422 and "Which?" in refused.text
    assert (await Exam.get(id=exam)).state == "published"


async def test_a_published_exam_is_not_edited_but_followed(cast: Cast) -> None:
    shop = await cast.brand(open_admission=False)
    sam, ida = await cast.moderator(shop, role="staff"), await cast.expert(shop)
    exam = await _written(sam, url=cast.here)
    account = await Account.get(id=ida.id)
    begun = await assessing.begin(cast.house, account, shop.slug, "en")
    question = (await Question.filter(exam_id=exam))[0].id
    async with browser(cast.here, email=sam.email) as page:
        path = f"/recruiting/exams/{exam}"
        changed = {"kind": "short", "text": "Other", "lines": "x"}
        for where in ("/questions", f"/questions/{question}", "/publish"):
            refused = await page.post(path + where, changed)
            assert refused.status_code == 409 and "Make a new version instead" in refused.text
        removed = await page.post(f"{path}/questions/{question}", {"do": "remove"})
        assert removed.status_code == 409
        second = (await page.post("/recruiting/exams", {"language": "en"})).headers["location"]
        assert (await page.post("/recruiting/exams", {"language": "en"})).headers["location"] == second
        short = await page.post(f"{second}/questions/{await _first(second)}", {"do": "remove"})
        assert short.status_code == 303
        few = await page.post(f"{second}/publish")
        assert few.status_code == 422 and "has 5 questions that are scored at once, of 6" in few.text
        wrong = await page.post(f"{second}/questions", {"kind": "choice", "text": "Which one?", "lines": "a\nb"})
        assert wrong.status_code == 422 and "a * before each right one" in wrong.text and "Which one?" in wrong.text
        for alike in ("* a\na", "* a\n A ", "* one  disc\nOne disc\nb"):
            twice = await page.post(f"{second}/questions", {"kind": "choice", "text": "Which one?", "lines": alike})
            assert twice.status_code == 422 and "each must differ" in twice.text
        good = {"kind": "choice", "text": "Which one?", "lines": "* a\nb"}
        assert (await page.post(f"{second}/questions", good)).status_code == 303
        assert (await page.post(f"{second}/publish")).status_code == 303
    assert [one.state for one in await Exam.filter(brand_id=shop.id).order_by("version")] == ["retired", "published"]
    sheet = await assessing.look(cast.house, account, begun.id)
    assert {one.exam_id for one in sheet.questions} == {exam}, "who began sits the version they began"


async def _first(path: str) -> int:
    return int((await Question.filter(exam_id=int(path.rpartition("/")[2])).order_by("id"))[0].id)


WRITTEN = {"kind": "written", "text": "A customer is angry. What do you write?", "guide": "Calm words"}


async def _in_review(cast: Cast, shop: Shop, ida: Person, answer: str) -> tuple[int, int]:
    async with browser(cast.there, email=ida.email) as page:
        path = await _begun(page, shop)
        told = await _answers(page, path, *[RIGHT] * 6, answer)
        assert "Your answers are being read" in told
    attempt = int(path.rpartition("/")[2])
    written = await Answer.get(attempt_id=attempt, right=None)
    return attempt, written.id


async def test_a_written_answer_is_judged_blind_by_two_experts_who_agree(cast: Cast) -> None:
    shop = await cast.brand(open_admission=False)
    sam, ida = await cast.moderator(shop, role="staff"), await cast.expert(shop, name="Idalina")
    peers = [await cast.expert(shop, name=name) for name in ("Otto", "Petra")]
    foreign = await cast.expert(await cast.brand())
    await Skill.filter(expert_id__in=[peer.id for peer in peers]).update(certified=True)
    await _written(sam, WRITTEN, url=cast.here)
    attempt, answer = await _in_review(cast, shop, ida, "I am Idalina, write to idalina@example.com")
    for blind in (ida, foreign):
        async with browser(cast.here, email=blind.email) as page:
            assert "A customer is angry" not in (await page.open("/marking")).text
            assert (await page.post(f"/marking/{answer}", {"good": "yes"})).status_code == 404
    for peer in peers:
        assert (await Attempt.get(id=attempt)).state == "review"
        async with browser(cast.there, email=peer.email) as page:
            shown = (await page.open("/marking")).text
            assert "A customer is angry" in shown and "Calm words" in shown
            assert "Idalina" not in shown and "idalina@" not in shown and "Otto" not in shown.split("</header>")[1]
            assert (await page.post(f"/marking/{answer}", {"good": "yes", "why": "Calm."})).status_code == 303
            assert (await page.post(f"/marking/{answer}", {"good": "no", "why": "x"})).status_code == 409
    assert (await Attempt.get(id=attempt)).state == "passed"
    assert (await Audit.get(brand_id=shop.id, action="pass_exam")).actor_id not in {peer.id for peer in peers}
    assert await _certified(ida) == {topic.id for topic in shop.topics}
    async with browser(cast.here, email=ida.email) as page:
        told = (await page.open(f"/exams/{attempt}")).text
        assert "Calm." in told and "Otto" not in told and "Petra" not in told


async def test_experts_who_disagree_leave_it_to_the_brand_and_a_no_says_why(cast: Cast) -> None:
    shop, other = await cast.brand(open_admission=False), await cast.brand()
    sam, mo, rival = await cast.moderator(shop, role="staff"), await cast.moderator(shop), await cast.moderator(other)
    ida, peers = await cast.expert(shop), [await cast.expert(shop), await cast.expert(shop)]
    await Skill.filter(expert_id__in=[peer.id for peer in peers]).update(certified=True)
    await _written(sam, WRITTEN, url=cast.here)
    attempt, answer = await _in_review(cast, shop, ida, "Go away")
    for peer, good in zip(peers, ("yes", "no"), strict=True):
        account = await Account.get(id=peer.id)
        await marking.vote(cast.house, account, answer, {"good": good, "why": "" if good == "yes" else "Rude."})
    assert (await Attempt.get(id=attempt)).state == "review" and await Vote.filter(answer_id=answer).count() == 2
    async with browser(cast.here, email=rival.email) as page:
        assert (await page.post(f"/marking/{answer}", {"good": "yes"})).status_code == 404
    async with browser(cast.here, email=mo.email) as page:
        assert "Two experts disagree" in (await page.open("/marking")).text
        bare = await page.post(f"/marking/{answer}", {"good": "no", "why": ""})
        assert bare.status_code == 422
        reach = await page.post(f"/marking/{answer}", {"good": "no", "why": "Call me on 612 345 678"})
        assert reach.status_code == 422 and "612 345 678" in reach.text
        assert (await page.post(f"/marking/{answer}", {"good": "no", "why": "Not kind."})).status_code == 303
    assert (await Attempt.get(id=attempt)).reasons["why"] == "judged"
    async with browser(cast.here, email=ida.email) as page:
        told = (await page.open(f"/exams/{attempt}")).text
        assert "would not have helped" in told and "Not kind." in told
    assert (await Audit.get(brand_id=shop.id, action="fail_exam")).actor_id == mo.id


PRACTICE = {
    "kind": "practice",
    "text": "My bike squeals. What can I do?",
    "lines": "Which disc do you mean?\nThank you, it is quiet now.",
}


async def test_the_practice_chat_is_a_real_room_that_counts_nowhere(cast: Cast) -> None:
    shop = await cast.brand(open_admission=False)
    sam, mo, ida = await cast.moderator(shop, role="staff"), await cast.moderator(shop), await cast.expert(shop)
    await _written(sam, PRACTICE, url=cast.here)
    async with browser(cast.there, email=ida.email) as page:
        path = await _begun(page, shop)
        assert "A practice chat" in await _answers(page, path, *[RIGHT] * 6)
        early = await page.post(path, {"question": _asked((await page.open(path)).text)})
        assert early.status_code == 422 and "Finish the practice chat first" in early.text
        begun = await page.post(f"{path}/practice")
        chat = int(begun.headers["location"].rpartition("/")[2])
        assert (await page.post(f"{path}/practice")).headers["location"] == begun.headers["location"]
        assert "not paid" in (await page.open(f"/rooms/{chat}")).text
        async with ida.room(chat) as room:
            await room.send("Clean the disc with alcohol.")
            await heard(room, Message, author="customer", text="Which disc do you mean?")
            await room.send("The rear one.")
            await heard(room, Message, author="customer", text="Thank you, it is quiet now.")
            await room.send("You are welcome.")
            await eventually(lambda: Chat.filter(id=chat, status="ended").exists())
        assert (await page.post(path, {"question": _asked((await page.open(path)).text)})).status_code == 303
        assert "Your answers are being read" in (await page.open(path)).text
    kept = await Chat.get(id=chat)
    assert kept.practice and kept.reward == 0 and (await Expert.get(account_id=ida.id)).live == 0
    async with browser(cast.here, email=mo.email) as page:
        assert f'id="chat-{chat}"' not in (await page.open("/board")).text
        shown = (await page.open("/marking")).text
        assert "Clean the disc with alcohol." in shown and "it is quiet now" in shown
        answer = await Answer.get(attempt_id=int(path.rpartition("/")[2]), right=None)
        assert (await page.post(f"/marking/{answer.id}", {"good": "yes"})).status_code == 303
    assert await _certified(ida) == {topic.id for topic in shop.topics}
    assert (await Application.get(expert_id=ida.id)).brand_id == shop.id


async def test_the_script_goes_on_whoever_keeps_the_clock_and_says_each_line_once(cast: Cast) -> None:
    shop = await cast.brand(open_admission=False)
    sam, ida = await cast.moderator(shop, role="staff"), await cast.expert(shop)
    await _written(sam, PRACTICE, url=cast.here)
    async with browser(cast.there, email=ida.email) as page:
        path = await _begun(page, shop)
        await _answers(page, path, *[RIGHT] * 6)
        chat = int((await page.post(f"{path}/practice")).headers["location"].rpartition("/")[2])
    async with ida.room(chat) as room:
        await room.send("Clean it.")
        later = datetime.now(UTC) + timedelta(seconds=10)
        await asyncio.gather(*(practising.due(cast.house, later) for _ in range(3)))
        await heard(room, Message, author="customer", text="Which disc do you mean?")
    assert (await Chat.get(id=chat)).seq == 3
