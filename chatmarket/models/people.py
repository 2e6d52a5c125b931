"""Accounts, their logins, and the experts among them."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from chatmarket.models.brands import Brand, Topic
from matching.candidates import Candidate
from matching.probation import NEWCOMER_CAPACITY, TOP_CAPACITY


class Role(StrEnum):
    EXPERT = "expert"
    MODERATOR = "moderator"
    STAFF = "staff"


class Account(Model):
    """Someone who can sign in. A moderator and a brand's staff belong to one brand, an expert to none."""

    id = fields.IntField(primary_key=True)
    email = fields.CharField(max_length=254, unique=True)
    name = fields.CharField(max_length=60)
    password_hash = fields.CharField(max_length=200)
    role = fields.CharField(max_length=12)
    brand: fields.ForeignKeyNullableRelation[Brand] = fields.ForeignKeyField(
        "models.Brand", related_name="people", null=True, on_delete=fields.RESTRICT
    )
    brand_id: int | None
    language = fields.CharField(max_length=5, default="en")
    created_at = fields.DatetimeField(auto_now_add=True)
    disabled_at = fields.DatetimeField(null=True)
    # A moderator who may read single values; staff always may. The database has a default for accounts of before.
    may_reveal = fields.BooleanField(default=False, db_default=False)


class Login(Model):
    """A signed-in browser or client: only the hash of its token is kept."""

    id = fields.IntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="logins", on_delete=fields.CASCADE
    )
    account_id: int
    token_hash = fields.CharField(max_length=64, unique=True)
    device = fields.CharField(max_length=120, default="")
    made_at = fields.DatetimeField(auto_now_add=True)
    seen_at = fields.DatetimeField(auto_now_add=True)
    ends_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    proved_at = fields.DatetimeField(null=True)  # the password was given again, for what needs more than a login

    class Meta:
        indexes = (("account_id",),)


class Expert(Model):
    """What the market knows of an expert. `live` is settled together with each claim, by a conditional update."""

    account: fields.OneToOneRelation[Account] = fields.OneToOneField(
        "models.Account", related_name="expert", primary_key=True, on_delete=fields.RESTRICT
    )
    account_id: int
    languages: Any = fields.JSONField()  # ["es", "en"]
    capacity = fields.IntField(default=TOP_CAPACITY)  # at once, as they wish; each brand allows so many or fewer
    live = fields.IntField(default=0)
    available = fields.BooleanField(default=True)
    time_zone = fields.CharField(max_length=40, null=True)
    rests_until = fields.DatetimeField(null=True)  # let customers wait for nothing: no offers until then
    away = fields.CharField(max_length=8, null=True)  # not `available`, and not by their own word: lost | idle
    seen_at = fields.DatetimeField(null=True)  # the last sign of a person in the lobby; null: never there
    lost_at = fields.DatetimeField(null=True)  # since when no lobby of theirs is open

    class Meta:
        indexes = (("available", "lost_at"), ("rests_until",))

    @property
    def resting(self) -> bool:
        return self.rests_until is not None and self.rests_until > datetime.now(UTC)

    def candidate(
        self,
        *,
        topics: frozenset[int],
        brands: frozenset[int],
        gate_open: bool,
        allowed: int = NEWCOMER_CAPACITY,
        **more: Any,
    ) -> Candidate:
        """As matching sees this expert; `allowed` is how many chats at once the brand lets them have, `more` is what
        orders the rings (resolution, ratings, earned, ...)."""
        return Candidate(
            expert=self.account_id,
            brands=brands,
            topics=topics,
            languages=frozenset(self.languages),
            online=self.available,
            gate_open=gate_open,
            load=self.live,
            capacity=min(self.capacity, allowed),
            resting=self.resting,
            **more,
        )


class Skill(Model):
    """An expert's place in a topic: applied for, and certified or not yet."""

    id = fields.IntField(primary_key=True)
    expert: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="skills", on_delete=fields.CASCADE
    )
    expert_id: int
    topic: fields.ForeignKeyRelation[Topic] = fields.ForeignKeyField(
        "models.Topic", related_name="skills", on_delete=fields.RESTRICT
    )
    topic_id: int
    certified = fields.BooleanField(default=False)
    # Ratings on the topic, each fading by a hundredth with every further one (matching.routing.Record).
    count = fields.FloatField(default=0.0, db_default=0.0)
    positive = fields.FloatField(default=0.0, db_default=0.0)
    # In which the brand lets them answer here; null: in all that they write.
    languages: Any = fields.JSONField(null=True)

    class Meta:
        unique_together = (("expert", "topic"),)
        indexes = (("topic_id", "certified"),)

    def speaks(self, language: str) -> bool:
        return self.languages is None or language in self.languages
