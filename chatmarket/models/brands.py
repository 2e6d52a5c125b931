"""Brands and their topics."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Brand(Model):
    """The company in whose name customers ask."""

    id = fields.IntField(primary_key=True)
    slug = fields.CharField(max_length=40, unique=True)
    name = fields.CharField(max_length=80)
    language = fields.CharField(max_length=5)
    languages: Any = fields.JSONField()  # ["es", "en"], the default first
    taglines: Any = fields.JSONField()  # {"en": ..., "es": ...}
    currency = fields.CharField(max_length=3, default="EUR")
    wait_limit_s = fields.IntField(default=120)
    # Until a brand examines its applicants, only one that says so lets experts in by their own word.
    open_admission = fields.BooleanField(default=False)
    # What its people decided about their customers' values (privacy.rules, as JSON); null: the standard rules.
    rules: Any = fields.JSONField(null=True)
    dispatch: Any = fields.JSONField(null=True)  # how its chats are offered (matching.rings.Policy); null: as usual
    retention_days = fields.IntField(null=True)  # so long after their last word customers are erased; null: never
    # Whether anybody may apply on the brand's own page; who was invited may in any case.
    recruiting = fields.BooleanField(default=True, db_default=True)
    welcome: Any = fields.JSONField(null=True)  # {"en": ..., "es": ...}: what that page says first
    # When experts who are away are paged, and the webhook that pages them (flows.calling, as JSON); null: as usual.
    paging: Any = fields.JSONField(null=True)
    paged_until = fields.DatetimeField(null=True)  # the questions up to here have called for experts already
    created_at = fields.DatetimeField(auto_now_add=True)


class Topic(Model):
    """What a question is about, and what answering it is worth (gross, minor units)."""

    id = fields.IntField(primary_key=True)
    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField(
        "models.Brand", related_name="topics", on_delete=fields.RESTRICT
    )
    brand_id: int
    names: Any = fields.JSONField()  # {"en": ..., "es": ...}
    reward = fields.IntField()
    position = fields.IntField(default=0)

    def name(self, language: str) -> str:
        names: dict[str, str] = self.names
        return names.get(language) or next(iter(names.values()))
