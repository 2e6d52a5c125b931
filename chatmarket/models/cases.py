"""A pause is a case: what was known when it began, what the expert says to it, and what people decide."""

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from chatmarket.models.brands import Brand
from chatmarket.models.people import Account


class CaseState(StrEnum):
    OPEN = "open"  # waits for a person
    APPEALED = "appealed"  # waits for a second one
    DECIDED = "decided"


class Case(Model):
    """One pause of one expert's offers. The dossier is what the decision is about, as it was when the gate shut."""

    id = fields.IntField(primary_key=True)
    expert: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="cases", on_delete=fields.RESTRICT
    )
    expert_id: int
    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField(
        "models.Brand", related_name="cases", on_delete=fields.RESTRICT
    )
    brand_id: int
    state = fields.CharField(max_length=8, default="open")
    # Expert and brand while somebody has to decide: one case at a time, whoever rates at once.
    subject = fields.CharField(max_length=24, null=True, unique=True)
    dossier: Any = fields.JSONField()
    opened_at = fields.DatetimeField()
    decided_at = fields.DatetimeField(null=True)
    exam_from = fields.DatetimeField(null=True)  # the exam on the way back may be sat from then on; null: there is none

    class Meta:
        table = "gatecase"  # the obvious name is SQL's own
        indexes = (("brand_id", "state"), ("expert_id", "brand_id"))


class Plea(Model):
    """What the expert says to a case, once before it is decided, and once against the decision."""

    id = fields.IntField(primary_key=True)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "models.Case", related_name="pleas", on_delete=fields.RESTRICT
    )
    case_id: int
    what = fields.CharField(max_length=8)  # answer | appeal
    text = fields.TextField()
    at = fields.DatetimeField()

    class Meta:
        unique_together = (("case", "what"),)


class Decided(StrEnum):
    """What a person decides about a case."""

    REOPEN = "reopen"  # offers come again, the score stays
    REENTER = "reenter"  # offers come again, the score begins anew
    REQUALIFY = "requalify"  # offers come again once an exam is passed
    CLOSE = "close"
    UPHOLD = "uphold"  # an appeal changes nothing


class Decision(Model):
    """What was decided, by whom and why: rows are only ever added."""

    id = fields.IntField(primary_key=True)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "models.Case", related_name="decisions", on_delete=fields.RESTRICT
    )
    case_id: int
    round = fields.SmallIntField()  # 1, and 2 after an appeal
    by: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="decisions", on_delete=fields.RESTRICT
    )
    by_id: int
    what = fields.CharField(max_length=10)
    reason = fields.TextField()
    at = fields.DatetimeField()

    class Meta:
        unique_together = (("case", "round"),)
