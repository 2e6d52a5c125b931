"""Who heard of a chat in which ring, and what they made of it."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from chatmarket.models.chats import Chat
from chatmarket.models.people import Account


class Offer(Model):
    """One ring of a chat. `state` is pending until the chat is claimed, declined by all seats, expired or withdrawn."""

    id = fields.BigIntField(primary_key=True)
    chat: fields.ForeignKeyRelation[Chat] = fields.ForeignKeyField(
        "models.Chat", related_name="offers", on_delete=fields.RESTRICT
    )
    chat_id: int
    number = fields.SmallIntField()  # from 1
    seats: Any = fields.JSONField()  # {"7": "best", "9": "newcomer"}: experts in order of delivery, and why each
    open = fields.BooleanField()  # the last ring: everyone qualified, also who comes later
    state = fields.CharField(max_length=10, default="pending")
    made_at = fields.DatetimeField()

    class Meta:
        unique_together = (("chat", "number"),)


class Reply(Model):
    """What an expert made of an offer: won, lost or declined. Rows are only ever added: they tell why a claim lost."""

    id = fields.BigIntField(primary_key=True)
    chat: fields.ForeignKeyRelation[Chat] = fields.ForeignKeyField(
        "models.Chat", related_name="replies", on_delete=fields.RESTRICT
    )
    chat_id: int
    expert: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="replies", on_delete=fields.RESTRICT
    )
    expert_id: int
    what = fields.CharField(max_length=8)  # won | lost | declined
    reason = fields.CharField(max_length=12, null=True)  # why it was declined
    behind_ms = fields.IntField(null=True)  # by how much the claim that won came before
    prompt = fields.BooleanField(default=False)  # claimed sooner after it was offered than a person reads
    at = fields.DatetimeField()

    class Meta:
        unique_together = (("chat", "expert", "what"),)
        indexes = (("expert_id", "at"),)
