"""What a person should look at: signals and reports, the chats they rest on, what was decided, and who is blocked."""

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from chatmarket.models.brands import Brand
from chatmarket.models.chats import Chat, Customer
from chatmarket.models.people import Account


class ReviewState(StrEnum):
    OPEN = "open"
    RELEASED = "released"  # a false alarm
    UPHELD = "upheld"


class Device(Model):
    """A keyed digest of the browser a chat was asked from, or claimed with. No address and no user agent is in it."""

    id = fields.BigIntField(primary_key=True)
    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField(
        "models.Brand", related_name="devices", on_delete=fields.RESTRICT
    )
    brand_id: int
    chat: fields.ForeignKeyRelation[Chat] = fields.ForeignKeyField(
        "models.Chat", related_name="devices", on_delete=fields.RESTRICT
    )
    chat_id: int
    side = fields.CharField(max_length=8)  # customer | expert
    mark = fields.CharField(max_length=64)  # of one brand: another brand's of the same browser is another
    at = fields.DatetimeField()

    class Meta:
        unique_together = (("chat", "side"),)
        indexes = (("brand_id", "mark"), ("at",))


class Patrol(Model):
    """Up to when a brand's ended and rated chats have been looked at for signals."""

    brand: fields.OneToOneRelation[Brand] = fields.OneToOneField(
        "models.Brand", related_name="patrol", primary_key=True, on_delete=fields.RESTRICT
    )
    brand_id: int
    seen_at = fields.DatetimeField()


class Review(Model):
    """One signal about an expert, or one report, from when it was noticed until a person has decided."""

    id = fields.IntField(primary_key=True)
    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField(
        "models.Brand", related_name="reviews", on_delete=fields.RESTRICT
    )
    brand_id: int
    expert: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="reviews", on_delete=fields.RESTRICT
    )
    expert_id: int
    kind = fields.CharField(max_length=20)  # matching.fraud.Kind, or by_customer, by_expert of a report
    # The reason in numbers: `seen` of `of`, where `usual` were usual (matching.fraud.Signal). Nothing of a report.
    seen = fields.IntField(default=0)
    of = fields.IntField(default=0)
    usual = fields.FloatField(default=0.0)
    state = fields.CharField(max_length=8, default="open")
    place = fields.CharField(max_length=60, null=True, unique=True)  # 'brand/expert/kind' while a signal is open
    at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        indexes = (("brand_id", "state", "at"), ("expert_id", "brand_id"))


class Evidence(Model):
    """A chat that a review rests on."""

    id = fields.BigIntField(primary_key=True)
    review: fields.ForeignKeyRelation[Review] = fields.ForeignKeyField(
        "models.Review", related_name="evidence", on_delete=fields.RESTRICT
    )
    review_id: int
    chat: fields.ForeignKeyRelation[Chat] = fields.ForeignKeyField(
        "models.Chat", related_name="evidence", on_delete=fields.RESTRICT
    )
    chat_id: int

    class Meta:
        unique_together = (("review", "chat"),)
        indexes = (("chat_id",),)


class ReviewDecision(Model):
    """What a person decided about a review, once. Rows are only ever added."""

    review: fields.OneToOneRelation[Review] = fields.OneToOneField(
        "models.Review", related_name="decision", primary_key=True, on_delete=fields.RESTRICT
    )
    review_id: int
    actor: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="review_decisions", on_delete=fields.RESTRICT
    )
    actor_id: int
    what = fields.CharField(max_length=8)  # released | upheld
    note = fields.CharField(max_length=300)
    at = fields.DatetimeField()


class Report(Model):
    """What one side of a chat told the brand about the other, masked, once."""

    id = fields.IntField(primary_key=True)
    chat: fields.ForeignKeyRelation[Chat] = fields.ForeignKeyField(
        "models.Chat", related_name="reports", on_delete=fields.RESTRICT
    )
    chat_id: int
    side = fields.CharField(max_length=8)  # who tells: customer | expert; expert2, expert3 are the next a chat had
    review: fields.OneToOneRelation[Review] = fields.OneToOneField(
        "models.Review", related_name="report", on_delete=fields.RESTRICT
    )
    review_id: int
    reason = fields.CharField(max_length=10)
    words: Any = fields.JSONField()  # segments
    at = fields.DatetimeField()

    class Meta:
        unique_together = (("chat", "side"),)


class Block(Model):
    """Who may not take part with a brand: an expert, or the browser of a customer. Over when lifted or at `until`."""

    id = fields.IntField(primary_key=True)
    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField(
        "models.Brand", related_name="blocks", on_delete=fields.RESTRICT
    )
    brand_id: int
    expert: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="blocks", null=True, on_delete=fields.RESTRICT
    )
    expert_id: int | None
    customer: fields.ForeignKeyNullableRelation[Customer] = fields.ForeignKeyField(
        "models.Customer", related_name="blocks", null=True, on_delete=fields.RESTRICT
    )
    customer_id: int | None
    mark = fields.CharField(max_length=64, null=True)  # the customer's browser (Device), erased with them
    reason = fields.CharField(max_length=300)  # a blocked expert reads it
    by: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="blocks_made", on_delete=fields.RESTRICT
    )
    by_id: int
    at = fields.DatetimeField()
    until = fields.DatetimeField(null=True)  # null: for good
    lifted_at = fields.DatetimeField(null=True)

    class Meta:
        indexes = (("brand_id", "expert_id"), ("brand_id", "mark"), ("expert_id",))
