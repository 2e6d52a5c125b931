"""Programs apply and sit exams as people do on the pages, and an attempt that no answer decided comes to an end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from chatmarket.errors import Wrong
from chatmarket.flows import assessing, sitting
from chatmarket.flows.requalifying import QUESTIONS
from chatmarket.models import Account, Answer, Application, Attempt, Exam, Question, Skill, Topic
from chatmarket.seeds.exams import EXAMS, MOST, Choice
from chatmarket.templating import iso
from tests.cast import Cast, Person, Shop
from tests.stories.browsing import browser, code_of

RIGHT = "42"


async def _published(shop: Shop, topic: int | None = None, language: str = "en") -> Exam:
    now = datetime.now(UTC)
    sat = {"most": 6, "minutes": 30, "attempts": 3, "pause_days": 7, "made_at": now, "published_at": now}
    exam = await Exam.create(brand_id=shop.id, language=language, version=1, state="published", **sat)
    asked = {"exam_id": exam.id, "kind": "short", "options": [], "right": [RIGHT], "topic_id": topic}
    for number in range(6):
        await Question.create(text=f"Which is number {number}?", **asked)
    return exam


class Program:
    """One expert's program."""

    def __init__(self, url: str, person: Person) -> None:
        head = {"Authorization": f"Bearer {person.token}"}
        self.http = httpx2.AsyncClient(base_url=f"{url}/api/v1", headers=head, trust_env=False, timeout=20.0)

    async def __aenter__(self) -> "Program":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def post(self, path: str, status: int, **sent: Any) -> Any:
        answer = await self.http.post(path, json=sent)
        assert answer.status_code == status, answer.text
        return answer.json() if status < 400 else answer.json()["error"]["code"]

    async def get(self, path: str, status: int = 200) -> Any:
        answer = await self.http.get(path)
        assert answer.status_code == status, answer.text
        return answer.json()


async def test_a_program_applies_lists_begins_answers_and_reads_the_result(cast: Cast) -> None:
    home, shop = await cast.brand(), await cast.brand(open_admission=False)
    ida = await cast.expert(home)
    await _published(shop)
    wish = {"topics": [shop.topic], "languages": ["en"], "time_zone": "Europe/Madrid"}
    async with Program(cast.there, ida) as program:
        assert await program.post(f"/brands/{shop.slug}/exams", 404, language="en") == "not_applied"
        assert await program.post(f"/brands/{shop.slug}/applications", 422, **{**wish, "topics": [home.topic]}) == (
            "unknown_topic"
        )
        assert await program.post("/brands/nobody/applications", 404, **wish) == "not_there"
        made = await program.post(f"/brands/{shop.slug}/applications", 201, **wish)
        assert made["topics"] == [{"topic": shop.topic, "certified": False, "languages": ["en"]}]
        assert await program.post(f"/brands/{shop.slug}/applications", 409, **wish) == "applied_before"
        assert await program.post(f"/brands/{shop.slug}/exams", 404, language="es") == "no_exam"
        listed = {one["brand"]: one["exams"] for one in (await program.get("/exams"))["brands"]}
        assert [exam["language"] for exam in listed[shop.slug]] == ["en"] and not listed[shop.slug][0]["why"]
        sheet = await program.post(f"/brands/{shop.slug}/exams", 201, language="en")
        path = f"/exams/{sheet['attempt']}"
        assert (await program.post(f"/brands/{shop.slug}/exams", 201, language="en"))["attempt"] == sheet["attempt"]
        assert "right" not in str(sheet["question"]) and RIGHT not in str(sheet["question"])
        assert await program.post(f"{path}/answers", 422, question=0, given=RIGHT) == "bad_field"
        assert await program.post(f"{path}/practice", 409) == "no_practice"
        while sheet["state"] == "open":
            asked = sheet["question"]["id"]
            sheet = await program.post(f"{path}/answers", 200, question=asked, given=RIGHT)
        assert await program.post(f"{path}/answers", 409, question=asked, given=RIGHT) == "answered_before"
        assert sheet["state"] == "passed" and sheet["result"]["certified"] == [shop.topic]
        assert (await program.get(path)) == sheet and sheet["question"] is None
    async with Program(cast.here, await cast.expert(shop)) as stranger:
        await stranger.get(path, 404)
        assert await stranger.post(f"{path}/answers", 404, question=asked, given=RIGHT) == "not_there"
    assert await Skill.exists(expert_id=ida.id, topic_id=shop.topic, certified=True)


async def test_one_choice_given_twice_is_refused_and_nothing_is_used_up(cast: Cast) -> None:
    question = Question(kind="choice", options=["a", "b", "c"], right=[0])
    with pytest.raises(Wrong):
        sitting.read(question, {}, [0, 0])
    assert sitting.read(question, {}, [0]) == ({"chosen": [0]}, True)


async def test_an_exam_that_nothing_is_left_to_prove_in_is_not_offered(cast: Cast) -> None:
    """Of an expert, too, who answers since before there were applications."""
    shop = await cast.brand()
    ida = await cast.expert(shop)
    await _published(shop)
    await Application.filter(expert_id=ida.id).delete()
    async with Program(cast.here, ida) as program, browser(cast.here, email=ida.email) as page:
        (listed,) = (await program.get("/exams"))["brands"]
        assert "certified for every topic" in listed["exams"][0]["why"]
        assert await program.post(f"/brands/{shop.slug}/exams", 409, language="en") == "not_now"
        shown = (await page.open("/brands")).text
        assert "certified for every topic" in shown and "Begin the exam" not in shown
        assert not await Application.filter(expert_id=ida.id).exists(), "looking keeps nothing"
        await Skill.filter(expert_id=ida.id).update(certified=False)
        assert "Begin the exam" in (await page.open("/brands")).text


async def _attempt(shop: Shop, exam: Exam, person: Person, drawn: list[int]) -> Attempt:
    now = datetime.now(UTC)
    application = await Application.get(expert_id=person.id, brand_id=shop.id)
    return await Attempt.create(
        expert_id=person.id,
        exam_id=exam.id,
        application_id=application.id,
        topics=[shop.topic],
        reasons={},
        drawn=drawn,
        sitting=f"{person.id}/{shop.id}/en",
        began_at=now,
        ends_at=now + timedelta(hours=1),
    )


@pytest.mark.parametrize("right", [True, False])
async def test_an_attempt_whose_answers_are_all_there_is_decided_by_whoever_looks(cast: Cast, right: bool) -> None:
    """As a process leaves it that died behind the last answer, or a version that drew less."""
    shop = await cast.brand(open_admission=False)
    ida = await cast.expert(shop)
    exam = await _published(shop)
    drawn = [one.id for one in await Question.filter(exam_id=exam.id)][:2]
    attempt = await _attempt(shop, exam, ida, drawn)
    now = datetime.now(UTC)
    for one in drawn:
        await Answer.create(attempt_id=attempt.id, question_id=one, given={"text": "?"}, right=right, at=now)
    async with browser(cast.here, email=ida.email) as page:
        answered = await page.post(f"/exams/{attempt.id}", {"question": "999", "given": "x"})
        assert answered.status_code in (409, 422), answered.text
        told = await page.open(f"/exams/{attempt.id}")
        assert told.status_code == 200 and ("Passed" if right else "Not passed this time") in told.text
    assert (await Attempt.get(id=attempt.id)).state == ("passed" if right else "failed")


async def test_an_exam_without_a_question_for_ones_topics_is_not_begun_and_one_that_was_does_not_count(
    cast: Cast,
) -> None:
    shop = await cast.brand(open_admission=False, topics=1)
    exam = await _published(shop, topic=shop.topic)
    later = await Topic.create(brand_id=shop.id, names={"en": "Later"}, reward=100, position=9)
    ida = await cast.expert(shop, topics=[later.id])
    async with Program(cast.here, ida) as program, browser(cast.here, email=ida.email) as page:
        assert await program.post(f"/brands/{shop.slug}/exams", 409, language="en") == "not_now"
        refused = await page.post(f"/brands/{shop.slug}/exam", {"language": "en"})
        assert refused.status_code == 409 and "no questions about your topics" in refused.text
        empty = await _attempt(shop, exam, ida, [])
        assert (await program.get(f"/exams/{empty.id}"))["result"]["why"] == "nothing"
        assert "does not count" in (await page.open(f"/exams/{empty.id}")).text
    account = await Account.get(id=ida.id)
    application = await Application.get(expert_id=ida.id, brand_id=shop.id)
    assert await assessing.refusal(account, exam, application, datetime.now(UTC)) == ("", {})
    assert not await Skill.exists(expert_id=ida.id, certified=True)


async def test_a_published_exam_refuses_every_change_with_a_reason(cast: Cast) -> None:
    shop = await cast.brand(open_admission=False)
    sam, exam = await cast.moderator(shop, role="staff"), await _published(shop)
    async with browser(cast.here, email=sam.email) as page:
        changed = {"most": "7", "minutes": "20", "attempts": "1", "pause_days": "1"}
        refused = await page.post(f"/recruiting/exams/{exam.id}", changed)
        assert refused.status_code == 409 and "Make a new version instead" in refused.text
        assert code_of(refused) in (None, "published")
    assert (await Exam.get(id=exam.id)).most == 6


def test_the_demos_exams_are_whole() -> None:
    """What the house asks of a published exam holds for the planted ones too."""
    for by_language in EXAMS.values():
        assert set(by_language) == {"en", "es"}
        for asked in by_language.values():
            assert len(asked) >= max(MOST, QUESTIONS), "enough for applicants, and for the way back"
            choices = [one for one in asked if isinstance(one, Choice)]
            assert all(0 <= one.right < len(one.options) and one.kind in ("choice", "language") for one in choices)


async def test_who_failed_is_told_from_when_the_next_attempt_is_possible(cast: Cast) -> None:
    shop = await cast.brand(open_admission=False)
    await _published(shop)
    ida = await cast.expert(shop)
    await Skill.filter(expert_id=ida.id).update(certified=False)
    async with Program(cast.there, ida) as program, browser(cast.here, email=ida.email) as page:
        sheet = await program.post(f"/brands/{shop.slug}/exams", 201, language="en")
        assert sheet["next_at"] is None
        path = f"/exams/{sheet['attempt']}"
        while sheet["state"] == "open":
            sheet = await program.post(f"{path}/answers", 200, question=sheet["question"]["id"], given="wrong")
        failed = await Attempt.get(id=sheet["attempt"])
        assert failed.decided_at is not None
        assert sheet["state"] == "failed" and sheet["next_at"] == iso(failed.decided_at + timedelta(days=7))
        (listed,) = (await program.get("/exams"))["brands"]
        assert listed["exams"][0]["next_at"] == sheet["next_at"]
        for told in (await page.open(path), await page.open("/brands")):
            assert "The next attempt is possible from:" in told.text and sheet["next_at"] in told.text
        earlier = failed.decided_at - timedelta(days=8)
        await Attempt.filter(id=failed.id).update(decided_at=earlier, began_at=earlier)
        assert "You may sit it again now." in (await page.open(path)).text
        (listed,) = (await program.get("/exams"))["brands"]
        assert listed["exams"][0]["next_at"] is None and not listed["exams"][0]["why"]
        await Exam.filter(brand_id=shop.id).update(attempts=1)
        assert (await program.get(path))["next_at"] == iso(earlier + timedelta(days=365))
        assert "attempts of this year" in (await program.get("/exams"))["brands"][0]["exams"][0]["why"]
