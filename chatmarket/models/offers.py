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


class Ticket(Model):
    """A card that was turned in: an expert's claim token works once each time a chat waits.

    One that is decided later holds what decides: the score, and whether it came sooner than a person reads.
    """

    id = fields.BigIntField(primary_key=True)
    chat: fields.ForeignKeyRelation[Chat] = fields.ForeignKeyField(
        "models.Chat", related_name="tickets", on_delete=fields.RESTRICT
    )
    chat_id: int
    returned = fields.SmallIntField()  # the chat's, when it was claimed
    expert: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="tickets", on_delete=fields.RESTRICT
    )
    expert_id: int
    at = fields.DatetimeField()
    heard_at = fields.DatetimeField()
    score = fields.FloatField(default=0.0)
    state = fields.CharField(max_length=7)  # waits | won | lost | refused
    # Why, of a claim that waited and was refused for a reason of its expert's own: it may be turned in again.
    refused = fields.CharField(max_length=14, null=True)
    mark = fields.CharField(max_length=64, null=True)  # of the expert's browser, while the claim waits

    class Meta:
        unique_together = (("chat", "returned", "expert"),)
        indexes = (("expert_id", "at"),)


class HandBack(Model):
    """A chat that its expert gave back, or never said a word in. Rows are only ever added."""

    id = fields.BigIntField(primary_key=True)
    chat: fields.ForeignKeyRelation[Chat] = fields.ForeignKeyField(
        "models.Chat", related_name="hand_backs", on_delete=fields.RESTRICT
    )
    chat_id: int
    expert: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="hand_backs", on_delete=fields.RESTRICT
    )
    expert_id: int
    brand_id = fields.IntField()
    reason = fields.CharField(max_length=12)  # why it was given back; silence: by the clock
    counts = fields.BooleanField()  # against the expert's score: not the first times
    at = fields.DatetimeField()

    class Meta:
        unique_together = (("chat", "expert"),)
        indexes = (("brand_id", "at"), ("expert_id", "at"))
