"""How experts who are away are reached, and every letter, push and webhook that left for somebody."""

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from chatmarket.models.admission import Invitation
from chatmarket.models.brands import Brand, Topic
from chatmarket.models.people import Account, Login


class Way(StrEnum):
    """How something reaches a person who is not here."""

    PUSH = "push"
    MAIL = "mail"
    WEBHOOK = "webhook"


class NoticeState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Reach(Model):
    """By which ways an expert lets brands page them, all off until they say so. Quiet hours are minutes of a day."""

    account: fields.OneToOneRelation[Account] = fields.OneToOneField(
        "models.Account", related_name="reach", primary_key=True, on_delete=fields.CASCADE
    )
    account_id: int
    mail = fields.BooleanField(default=False)
    push = fields.BooleanField(default=False)
    webhook = fields.BooleanField(default=False)
    quiet_from = fields.SmallIntField(null=True)
    quiet_to = fields.SmallIntField(null=True)
    # Whichever brand paged them last: settled by a conditional update, as many clocks may look at once.
    paged_at = fields.DatetimeField(null=True)

    def ways(self) -> set[Way]:
        """What they switched on."""
        return {way for way in Way if getattr(self, way)}


class Subscription(Model):
    """Where one signed-in browser takes pushes. It goes with its login, or when the push service says it is gone."""

    id = fields.IntField(primary_key=True)
    login: fields.ForeignKeyRelation[Login] = fields.ForeignKeyField(
        "models.Login", related_name="subscriptions", on_delete=fields.CASCADE
    )
    login_id: int
    endpoint = fields.TextField()
    digest = fields.CharField(max_length=64, unique=True)  # of the endpoint, which is too long for an index
    public = fields.CharField(max_length=100)  # the browser's own key (p256dh)
    secret = fields.CharField(max_length=40)  # what it shares with us alone (auth)
    made_at = fields.DatetimeField()

    class Meta:
        indexes = (("login_id",),)


class Notice(Model):
    """Something that leaves the house for one person by one way: a page or an invitation, and what came of it."""

    id = fields.BigIntField(primary_key=True)
    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField(
        "models.Brand", related_name="notices", on_delete=fields.RESTRICT
    )
    brand_id: int
    kind = fields.CharField(max_length=10)  # page or invitation
    way = fields.CharField(max_length=8)
    expert: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="notices", null=True, on_delete=fields.RESTRICT
    )
    expert_id: int | None
    topic: fields.ForeignKeyNullableRelation[Topic] = fields.ForeignKeyField(
        "models.Topic", related_name="notices", null=True, on_delete=fields.RESTRICT
    )
    topic_id: int | None
    subscription: fields.ForeignKeyNullableRelation[Subscription] = fields.ForeignKeyField(
        "models.Subscription", related_name="notices", null=True, on_delete=fields.SET_NULL
    )
    subscription_id: int | None
    invitation: fields.ForeignKeyNullableRelation[Invitation] = fields.ForeignKeyField(
        "models.Invitation", related_name="notices", null=True, on_delete=fields.RESTRICT
    )
    invitation_id: int | None
    state = fields.CharField(max_length=8, default="waiting")
    tries = fields.SmallIntField(default=0)
    due_at = fields.DatetimeField()  # of the next try; while one runs, when another may take its place
    result = fields.CharField(max_length=40, default="")  # one word for what came of it, never what the other side said
    made_at = fields.DatetimeField()
    done_at = fields.DatetimeField(null=True)

    class Meta:
        indexes = (("state", "due_at"), ("brand_id", "made_at"))
