"""Chats, who asked them, and what was said."""

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from chatmarket.models.brands import Brand, Topic
from chatmarket.models.people import Account
from matching.candidates import Need


class Status(StrEnum):
    WAITING = "waiting"
    LIVE = "live"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"
    ESCALATED = "escalated"


class RoutedBy(StrEnum):
    """Who decided a chat's topic."""

    CUSTOMER = "customer"  # chose it, or confirmed what was proposed
    TEXT = "text"  # what the question reads like, and nobody was asked
    BRAND = "brand"  # out of scope: the brand's own people have it, and the topic is only the nearest


class Customer(Model):
    """Who asked: a number, and the key that its values in the vault are sealed under."""

    id = fields.IntField(primary_key=True)
    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField(
        "models.Brand", related_name="customers", on_delete=fields.RESTRICT
    )
    brand_id: int
    created_at = fields.DatetimeField(auto_now_add=True)


class Chat(Model):
    """One question and all that follows: waiting -> live -> ended, or withdrawn, or escalated."""

    id = fields.IntField(primary_key=True)
    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField(
        "models.Brand", related_name="chats", on_delete=fields.RESTRICT
    )
    brand_id: int
    topic: fields.ForeignKeyRelation[Topic] = fields.ForeignKeyField(
        "models.Topic", related_name="chats", on_delete=fields.RESTRICT
    )
    topic_id: int
    routed_by = fields.CharField(max_length=10, default="customer", db_default="customer")
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField(
        "models.Customer", related_name="chats", on_delete=fields.RESTRICT
    )
    customer_id: int
    expert: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="chats", null=True, on_delete=fields.RESTRICT
    )
    expert_id: int | None
    status = fields.CharField(max_length=10, default="waiting")
    language = fields.CharField(max_length=5)
    question: Any = fields.JSONField()  # segments: what the offer shows
    reward = fields.IntField()  # gross, minor units, as promised when it was asked
    currency = fields.CharField(max_length=3)
    seq = fields.IntField(default=0)  # the last message's
    # Grows with each message that teaches how to mask the next (a new value, a question for one): who masked a message
    # knowing less masks it again.
    hidden = fields.IntField(default=0, db_default=0)
    asked_at = fields.DatetimeField()
    offered_at = fields.DatetimeField(null=True)  # null until the experts were told: a process may die in between
    expires_at = fields.DatetimeField()  # the end of waiting
    ring = fields.SmallIntField(default=0, db_default=0)  # the last one opened, from 1; 0: nobody has heard yet
    widens_at = fields.DatetimeField(null=True)  # when the next ring is due; null: everyone qualified may have it
    # It came back so often: its expert gave it back, or never said a word. Rings are counted on; those up to
    # `ring_before` are of the times before.
    returned = fields.SmallIntField(default=0, db_default=0)
    ring_before = fields.SmallIntField(default=0, db_default=0)
    card = fields.CharField(max_length=24, default="", db_default="")  # what only its cards know, anew each time
    settles_at = fields.DatetimeField(null=True)  # when the claims that wait are decided between
    reply_due_at = fields.DatetimeField(null=True)  # by when its expert is to say a first word; null: said, or not due
    asked_reward = fields.IntField(null=True)  # what was promised when it was asked, once `reward` has grown
    grows_at = fields.DatetimeField(null=True)  # when `reward` grows next
    claimed_at = fields.DatetimeField(null=True)
    said_at = fields.DatetimeField()  # the last word of anybody
    ended_at = fields.DatetimeField(null=True)
    ended_by = fields.CharField(max_length=10, null=True)
    email_token = fields.CharField(max_length=20, null=True)  # 'email 1': left for the brand when nobody came
    # An applicant practises with a scripted customer: nobody waits, nobody pays, and it counts nowhere.
    practice = fields.BooleanField(default=False, db_default=False)
    answered_at = fields.DatetimeField(null=True)  # the brand's staff dealt with an escalated one

    class Meta:
        indexes = (
            ("brand_id", "status", "asked_at"),
            ("expert_id", "status"),
            ("status", "expires_at"),
            ("status", "widens_at"),
            ("status", "offered_at"),
            ("status", "settles_at"),
            ("status", "reply_due_at"),
            ("status", "grows_at"),
            ("customer_id",),
            ("brand_id", "ended_at"),
            ("practice", "status"),
        )

    @property
    def in_scope(self) -> bool:
        """Whether experts are asked; else its topic is only the nearest."""
        return self.routed_by != RoutedBy.BRAND

    @property
    def open_to_all(self) -> bool:
        """Whether its last ring is open: everyone qualified may have it."""
        return self.ring > self.ring_before and self.widens_at is None

    def need(self) -> Need:
        return Need(
            chat=self.id, brand=self.brand_id, topic=self.topic_id, language=self.language, status=str(self.status)
        )


class Message(Model):
    """What was said: segments only, a value that was masked was never here.

    In an expert's message the segments hide what only the chat's knowledge tells, too. The expert's own reading is in
    `typed`, under the customer's key: who guessed must not see what was right.
    """

    id = fields.BigIntField(primary_key=True)
    chat: fields.ForeignKeyRelation[Chat] = fields.ForeignKeyField(
        "models.Chat", related_name="messages", on_delete=fields.RESTRICT
    )
    chat_id: int
    seq = fields.IntField()
    author = fields.CharField(max_length=10)  # customer | expert
    cid = fields.CharField(max_length=64)
    # Tells whether a resend carries the same text; keyed, and erased with the customer's key.
    fingerprint = fields.BinaryField()
    segments: Any = fields.JSONField()
    typed = fields.BinaryField(null=True)  # null: as the segments
    at = fields.DatetimeField()
    amended = fields.IntField(null=True)  # the number of the later message that gave something away in this one

    class Meta:
        unique_together = (("chat", "seq"), ("chat", "author", "cid"))


class Why(StrEnum):
    """Why moderators are shown an expert's message."""

    SOLICITATION = "solicitation"  # it led away from here and was never delivered
    SECRET = "secret"  # noqa: S105 - it asked for a password, a code or the like, and was never delivered
    GUESSES = "guesses"  # it was delivered, and names details as if to see which are right


# Why a message was not delivered.
BLOCKED = (Why.SOLICITATION, Why.SECRET)


class Solicitation(Model):
    """An expert's message that moderators of the brand should see, masked."""

    id = fields.BigIntField(primary_key=True)
    chat: fields.ForeignKeyRelation[Chat] = fields.ForeignKeyField(
        "models.Chat", related_name="solicitations", on_delete=fields.RESTRICT
    )
    chat_id: int
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="solicitations", on_delete=fields.RESTRICT
    )
    account_id: int
    segments: Any = fields.JSONField()
    at = fields.DatetimeField()
    why = fields.CharField(max_length=12, default="solicitation", db_default="solicitation")
    after = fields.IntField(default=0, db_default=0)  # the number of the message before it

    class Meta:
        indexes = (("chat_id", "at"), ("account_id", "at"))
