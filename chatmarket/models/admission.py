"""How people become a brand's experts: its terms, who accepted them, whom it invited, and who applied."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from chatmarket.models.brands import Brand
from chatmarket.models.people import Account


class Terms(Model):
    """One version of what a brand asks its experts to accept, never changed and only followed by another."""

    id = fields.IntField(primary_key=True)
    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField(
        "models.Brand", related_name="terms", on_delete=fields.RESTRICT
    )
    brand_id: int
    version = fields.IntField()
    texts: Any = fields.JSONField()  # {"en": ..., "es": ...}
    author: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="terms", on_delete=fields.RESTRICT
    )
    author_id: int
    at = fields.DatetimeField()

    class Meta:
        unique_together = (("brand", "version"),)

    def text(self, language: str) -> str:
        texts: dict[str, str] = self.texts
        return texts.get(language) or next(iter(texts.values()))


class Acceptance(Model):
    """Who accepted which version, when, and in which language they read it."""

    id = fields.IntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="acceptances", on_delete=fields.RESTRICT
    )
    account_id: int
    terms: fields.ForeignKeyRelation[Terms] = fields.ForeignKeyField(
        "models.Terms", related_name="acceptances", on_delete=fields.RESTRICT
    )
    terms_id: int
    language = fields.CharField(max_length=5)
    at = fields.DatetimeField()

    class Meta:
        unique_together = (("account", "terms"),)


class Invitation(Model):
    """A link that lets people apply while it lasts. Whom it is for is forgotten some time after it has ended."""

    id = fields.IntField(primary_key=True)
    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField(
        "models.Brand", related_name="invitations", on_delete=fields.RESTRICT
    )
    brand_id: int
    made_by: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="invitations", on_delete=fields.RESTRICT
    )
    made_by_id: int
    note = fields.CharField(max_length=60, default="")  # where the link is going, or the name of whom it is for
    email = fields.CharField(max_length=254, null=True)
    language = fields.CharField(max_length=5)
    most = fields.IntField()
    used = fields.IntField(default=0)
    made_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        indexes = (("brand_id", "made_at"), ("ends_at",))


class Application(Model):
    """That somebody applied with a brand, and the languages they want to answer in. The topics are their skills."""

    id = fields.IntField(primary_key=True)
    expert: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="applications", on_delete=fields.RESTRICT
    )
    expert_id: int
    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField(
        "models.Brand", related_name="applications", on_delete=fields.RESTRICT
    )
    brand_id: int
    languages: Any = fields.JSONField()  # ["es", "en"]
    invitation: fields.ForeignKeyNullableRelation[Invitation] = fields.ForeignKeyField(
        "models.Invitation", related_name="applications", null=True, on_delete=fields.RESTRICT
    )
    invitation_id: int | None
    at = fields.DatetimeField()

    class Meta:
        unique_together = (("expert", "brand"),)
