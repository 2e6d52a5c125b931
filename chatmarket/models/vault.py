"""The vault: wrapped keys and sealed values. Deleting a customer's key makes all its values unreadable."""

from tortoise import fields
from tortoise.models import Model

from chatmarket.models.brands import Brand
from chatmarket.models.chats import Chat, Customer


class BrandKey(Model):
    brand: fields.OneToOneRelation[Brand] = fields.OneToOneField(
        "models.Brand", related_name="key", primary_key=True, on_delete=fields.RESTRICT
    )
    brand_id: int
    kek = fields.CharField(max_length=40)  # the id of the key it is wrapped under
    wrapped = fields.BinaryField()


class CustomerKey(Model):
    customer: fields.OneToOneRelation[Customer] = fields.OneToOneField(
        "models.Customer", related_name="key", primary_key=True, on_delete=fields.CASCADE
    )
    customer_id: int
    wrapped = fields.BinaryField()


class VaultValue(Model):
    """One value behind one token of a chat."""

    id = fields.BigIntField(primary_key=True)
    chat: fields.ForeignKeyRelation[Chat] = fields.ForeignKeyField(
        "models.Chat", related_name="values_kept", on_delete=fields.RESTRICT
    )
    chat_id: int
    kind = fields.CharField(max_length=12)
    n = fields.IntField()
    sealed = fields.BinaryField()
    # Equality without reading: a keyed digest of the canonical value, and none where few values are possible.
    mark = fields.BinaryField(null=True)
    given = fields.BooleanField(default=False, db_default=False)  # before the chat, by a form or the brand

    class Meta:
        unique_together = (("chat", "kind", "n"),)
        indexes = (("mark",),)
