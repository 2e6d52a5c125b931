"""A brand's exams, and what applicants did in them."""

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from chatmarket.models.admission import Application
from chatmarket.models.brands import Brand
from chatmarket.models.cases import Case
from chatmarket.models.chats import Chat
from chatmarket.models.people import Account


class ExamState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class AttemptState(StrEnum):
    OPEN = "open"  # questions are being answered
    REVIEW = "review"  # people are judging what no machine can
    PASSED = "passed"
    FAILED = "failed"


class Exam(Model):
    """One version of a brand's exam in one language. A published one is never changed, only followed by another."""

    id = fields.IntField(primary_key=True)
    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField(
        "models.Brand", related_name="exams", on_delete=fields.RESTRICT
    )
    brand_id: int
    language = fields.CharField(max_length=5)
    version = fields.IntField()
    state = fields.CharField(max_length=10, default="draft")
    most = fields.IntField()  # questions that are scored at once
    minutes = fields.IntField()
    attempts = fields.IntField()
    pause_days = fields.IntField()
    made_at = fields.DatetimeField()
    published_at = fields.DatetimeField(null=True)

    class Meta:
        unique_together = (("brand", "language", "version"),)


class Question(Model):
    """A question of the pool: choice, short, language (all scored at once), written or practice (judged by people)."""

    id = fields.IntField(primary_key=True)
    exam: fields.ForeignKeyRelation[Exam] = fields.ForeignKeyField(
        "models.Exam", related_name="questions", on_delete=fields.CASCADE
    )
    exam_id: int
    kind = fields.CharField(max_length=10)
    topic_id = fields.IntField(null=True)  # null: whoever applies may be asked it
    text = fields.TextField()
    options: Any = fields.JSONField()  # choices, or what the scripted customer says next
    right: Any = fields.JSONField()  # the places of the right choices, or the accepted answers
    guide = fields.TextField(default="")  # what those who judge look for; no applicant sees it

    class Meta:
        indexes = (("exam_id",),)


class Attempt(Model):
    """One sitting: the questions drawn for it, until when, and what came of it."""

    id = fields.IntField(primary_key=True)
    exam: fields.ForeignKeyRelation[Exam] = fields.ForeignKeyField(
        "models.Exam", related_name="attempts_made", on_delete=fields.RESTRICT
    )
    exam_id: int
    application: fields.ForeignKeyRelation[Application] = fields.ForeignKeyField(
        "models.Application", related_name="attempts", on_delete=fields.RESTRICT
    )
    application_id: int
    expert: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="attempts", on_delete=fields.RESTRICT
    )
    expert_id: int
    topics: Any = fields.JSONField()  # what was applied for
    drawn: Any = fields.JSONField()  # numbers of questions, in the order in which they come
    state = fields.CharField(max_length=8, default="open")
    # Expert, brand and language while it is not decided: one at a time, whatever is pressed twice.
    sitting = fields.CharField(max_length=40, null=True, unique=True)
    reasons: Any = fields.JSONField()  # what the applicant is told, once it is decided
    began_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    decided_at = fields.DatetimeField(null=True)
    chat: fields.ForeignKeyNullableRelation[Chat] = fields.ForeignKeyField(
        "models.Chat", related_name="practised", null=True, on_delete=fields.RESTRICT
    )
    chat_id: int | None
    # The exam on the way back from a pause: shorter, and it certifies nothing.
    case: fields.ForeignKeyNullableRelation[Case] = fields.ForeignKeyField(
        "models.Case", related_name="attempts", null=True, on_delete=fields.RESTRICT
    )
    case_id: int | None

    class Meta:
        indexes = (("exam_id", "state"), ("expert_id", "began_at"), ("state", "ends_at"))


class Answer(Model):
    """What was answered to one question of an attempt, once. `right` is null until it is judged."""

    id = fields.IntField(primary_key=True)
    attempt: fields.ForeignKeyRelation[Attempt] = fields.ForeignKeyField(
        "models.Attempt", related_name="answers", on_delete=fields.CASCADE
    )
    attempt_id: int
    question: fields.ForeignKeyRelation[Question] = fields.ForeignKeyField(
        "models.Question", related_name="answers", on_delete=fields.RESTRICT
    )
    question_id: int
    given: Any = fields.JSONField()  # {"text": ...}, {"chosen": places}, or {"chat": number}
    right = fields.BooleanField(null=True)
    at = fields.DatetimeField()

    class Meta:
        unique_together = (("attempt", "question"),)


class Vote(Model):
    """One judgement of an answer that no machine can score. It is blind: nobody who votes sees another's before."""

    id = fields.IntField(primary_key=True)
    answer: fields.ForeignKeyRelation[Answer] = fields.ForeignKeyField(
        "models.Answer", related_name="votes", on_delete=fields.CASCADE
    )
    answer_id: int
    voter: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="votes", on_delete=fields.RESTRICT
    )
    voter_id: int
    good = fields.BooleanField()
    why = fields.CharField(max_length=300, default="")  # told to the applicant, without a name
    at = fields.DatetimeField()

    class Meta:
        unique_together = (("answer", "voter"),)
