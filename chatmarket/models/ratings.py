"""What customers said of a chat, and what it did to the expert's standing."""

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from chatmarket.models.brands import Brand
from chatmarket.models.chats import Chat
from chatmarket.models.people import Account
from matching.probation import NEWCOMER_CAPACITY


class Blames(StrEnum):
    """What was wrong, as a customer says whose question was not resolved."""

    ANSWER = "answer"
    PRODUCT = "product"  # the company or what it sells: no expert could have helped
    OTHER = "other"


class Rating(Model):
    """What a customer said, once per chat; what came of it is its movement."""

    chat: fields.OneToOneRelation[Chat] = fields.OneToOneField(
        "models.Chat", related_name="rating", primary_key=True, on_delete=fields.RESTRICT
    )
    chat_id: int
    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField(
        "models.Brand", related_name="ratings", on_delete=fields.RESTRICT
    )
    brand_id: int
    topic_id = fields.IntField()
    expert: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="ratings", on_delete=fields.RESTRICT
    )
    expert_id: int
    resolved = fields.BooleanField()
    stars = fields.SmallIntField()
    comment: Any = fields.JSONField()  # segments
    baseline = fields.FloatField()
    mu_after = fields.FloatField()
    at = fields.DatetimeField()
    blames = fields.CharField(max_length=8, null=True)  # with a no, where the customer said so

    class Meta:
        indexes = (("brand_id", "at"), ("expert_id", "at"))


class What(StrEnum):
    """What moved a reputation, or might have."""

    RATED = "rated"
    CAME_BACK = "came_back"  # the customer asked about the same topic again: the answer did not hold
    REOPENED = "reopened"  # a person opened the gate; the score stayed
    REENTERED = "reentered"  # a person opened the gate, and the score begins anew
    REQUALIFIED = "requalified"  # the exam on the way back was passed


class Movement(Model):
    """One step of an expert's reputation with a brand, or why a rating made none: enough to explain each score."""

    id = fields.BigIntField(primary_key=True)
    expert: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="movements", on_delete=fields.RESTRICT
    )
    expert_id: int
    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField(
        "models.Brand", related_name="movements", on_delete=fields.RESTRICT
    )
    brand_id: int
    chat: fields.ForeignKeyNullableRelation[Chat] = fields.ForeignKeyField(
        "models.Chat", related_name="movements", null=True, on_delete=fields.RESTRICT
    )
    chat_id: int | None
    topic_id = fields.IntField(null=True)
    what = fields.CharField(max_length=12)
    resolved = fields.BooleanField(null=True)
    left = fields.CharField(max_length=12, null=True)  # why it does not count (matching.ratings.Left); null: it does
    undone = fields.BooleanField(default=False, db_default=False)  # a yes whose customer came back: a later row counts
    baseline = fields.FloatField(null=True)
    mu_before = fields.FloatField()
    v_before = fields.FloatField()
    mu_after = fields.FloatField()
    v_after = fields.FloatField()
    at = fields.DatetimeField()

    class Meta:
        unique_together = (("chat", "what"),)
        indexes = (("brand_id", "at"), ("expert_id", "brand_id", "id"))


SHUT = ("paused", "closed")  # states of a standing in which no offers come


class Standing(Model):
    """An expert's reputation with one brand, and whether its gate is open."""

    id = fields.IntField(primary_key=True)
    expert: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="standings", on_delete=fields.RESTRICT
    )
    expert_id: int
    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField(
        "models.Brand", related_name="standings", on_delete=fields.RESTRICT
    )
    brand_id: int
    mu = fields.FloatField(default=0.0)
    v = fields.FloatField(default=0.64)
    ratings = fields.IntField(default=0)
    resolved = fields.IntField(default=0)
    state = fields.CharField(max_length=8, default="open")  # open | warning | paused | closed (by a person)
    changed_at = fields.DatetimeField(null=True)
    # Chats at once while one of them is this brand's: matching.probation, written with each rating.
    capacity = fields.SmallIntField(default=NEWCOMER_CAPACITY, db_default=NEWCOMER_CAPACITY)
    reentered = fields.IntField(null=True)  # how many ratings there were at the last way back

    class Meta:
        unique_together = (("expert", "brand"),)

    @property
    def gate_open(self) -> bool:
        return self.state not in SHUT
