"""Who looked at what, and who decided: rows are only ever added."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from chatmarket.models.brands import Brand
from chatmarket.models.chats import Chat
from chatmarket.models.people import Account


class Audit(Model):
    id = fields.BigIntField(primary_key=True)
    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField(
        "models.Brand", related_name="audits", on_delete=fields.RESTRICT
    )
    brand_id: int
    actor: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="audits", on_delete=fields.RESTRICT
    )
    actor_id: int
    action = fields.CharField(max_length=20)  # watch | reveal | certify | ...
    chat: fields.ForeignKeyNullableRelation[Chat] = fields.ForeignKeyField(
        "models.Chat", related_name="audits", null=True, on_delete=fields.RESTRICT
    )
    chat_id: int | None
    facts: Any = fields.JSONField()
    at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        indexes = (("brand_id", "at"),)
