"""The ledger: entries and their postings, never changed, only added to. A balance is a sum, never a column."""

from tortoise import fields
from tortoise.models import Model

from chatmarket.models.brands import Brand
from chatmarket.models.chats import Chat


class Entry(Model):
    """One thing that happened to money. `key` is unique: the same thing cannot happen twice."""

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(max_length=60, unique=True)
    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField(
        "models.Brand", related_name="entries", on_delete=fields.RESTRICT
    )
    brand_id: int
    chat: fields.ForeignKeyNullableRelation[Chat] = fields.ForeignKeyField(
        "models.Chat", related_name="entries", null=True, on_delete=fields.RESTRICT
    )
    chat_id: int | None
    at = fields.DatetimeField()

    class Meta:
        indexes = (("brand_id", "at"), ("chat_id",))


class Posting(Model):
    """Minor units moved to (+) or from (-) an account like `expert:7:payable`: the postings of an entry sum to 0."""

    id = fields.BigIntField(primary_key=True)
    entry: fields.ForeignKeyRelation[Entry] = fields.ForeignKeyField(
        "models.Entry", related_name="postings", on_delete=fields.RESTRICT
    )
    entry_id: int
    account = fields.CharField(max_length=40)
    currency = fields.CharField(max_length=3)
    amount = fields.BigIntField()

    class Meta:
        indexes = (("account", "currency"),)
        unique_together = (("entry", "account"),)
