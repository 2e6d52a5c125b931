"""What customers said of a chat, and what it did to the expert's standing."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from chatmarket.models.brands import Brand
from chatmarket.models.chats import Chat
from chatmarket.models.people import Account
from matching.probation import NEWCOMER_CAPACITY


class Rating(Model):
    """Once per chat. `baseline` and `mu` are kept so that each movement of a reputation can be explained."""

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

    class Meta:
        indexes = (("brand_id", "at"), ("expert_id", "at"))


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
    state = fields.CharField(max_length=8, default="open")  # open | warning | paused
    changed_at = fields.DatetimeField(null=True)
    # Chats at once while one of them is this brand's: matching.probation, written with each rating.
    capacity = fields.SmallIntField(default=NEWCOMER_CAPACITY, db_default=NEWCOMER_CAPACITY)

    claims_seen_at = fields.DatetimeField(null=True)  # a person of the brand has looked at the claims up to then

    class Meta:
        unique_together = (("expert", "brand"),)
