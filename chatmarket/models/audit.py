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
    action = fields.CharField(
        max_length=20
    )  # watch | reveal | certify | ... (templates/moderator/audit.html names each)
    chat: fields.ForeignKeyNullableRelation[Chat] = fields.ForeignKeyField(
        "models.Chat", related_name="audits", null=True, on_delete=fields.RESTRICT
    )
    chat_id: int | None
    facts: Any = fields.JSONField()
    at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        indexes = (("brand_id", "at"),)


class AuditLink(Model):
    """An audit row's place in its brand's chain: a keyed digest of the row and of the digest before it."""

    audit: fields.OneToOneRelation[Audit] = fields.OneToOneField(
        "models.Audit", related_name="link", primary_key=True, on_delete=fields.RESTRICT
    )
    audit_id: int
    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField(
        "models.Brand", related_name="links", on_delete=fields.RESTRICT
    )
    brand_id: int
    seq = fields.IntField()  # 1, 2, 3, ... within the brand
    key = fields.CharField(max_length=40)  # the id of the key it is made with
    digest = fields.BinaryField()

    class Meta:
        unique_together = (("brand", "seq"),)


class AuditHead(Model):
    """Where a brand's chain ends: without it, rows taken away from the end would leave no gap."""

    brand: fields.OneToOneRelation[Brand] = fields.OneToOneField(
        "models.Brand", related_name="audit_head", primary_key=True, on_delete=fields.RESTRICT
    )
    brand_id: int
    seq = fields.IntField(default=0)
    digest = fields.BinaryField()
    key = fields.CharField(max_length=40)
    seal = fields.BinaryField()
