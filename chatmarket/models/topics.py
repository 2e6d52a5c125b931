"""What questions about each topic read like, and what was learnt from them."""

from tortoise import fields
from tortoise.models import Model

from chatmarket.models.brands import Brand, Topic
from chatmarket.models.chats import Chat


class Example(Model):
    """A question, and the topic that people found it to be about: masked, without even its tokens."""

    id = fields.IntField(primary_key=True)
    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField(
        "models.Brand", related_name="examples", on_delete=fields.RESTRICT
    )
    brand_id: int
    language = fields.CharField(max_length=5)
    # Null: about nothing that experts are asked, the brand's own people answer such questions.
    topic: fields.ForeignKeyNullableRelation[Topic] = fields.ForeignKeyField(
        "models.Topic", related_name="examples", null=True, on_delete=fields.RESTRICT
    )
    topic_id: int | None
    # Null: typed by the brand's people. With a chat and without a text it was taken out: it is not learnt again.
    chat: fields.OneToOneNullableRelation[Chat] = fields.OneToOneField(
        "models.Chat", related_name="example", null=True, on_delete=fields.RESTRICT
    )
    chat_id: int | None
    text = fields.CharField(max_length=500)
    at = fields.DatetimeField()

    class Meta:
        indexes = (("brand_id", "language", "topic_id"),)


class Lesson(Model):
    """What a brand's examples in one language teach. What is learnt of an older version is learnt again by a clock."""

    id = fields.IntField(primary_key=True)
    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField(
        "models.Brand", related_name="lessons", on_delete=fields.RESTRICT
    )
    brand_id: int
    language = fields.CharField(max_length=5)
    version = fields.IntField(default=1)  # grows with each change of the examples
    taken_until = fields.DatetimeField(null=True)  # some clock is learning it; should it die, another may from then on
    learnt = fields.IntField(default=0)  # the version that `counts` are of
    learnt_at = fields.DatetimeField(null=True)
    counts = fields.BinaryField(null=True)  # matching.topics.Counts
    threshold = fields.FloatField(default=0)  # a question of less certainty is out of scope
    examples = fields.IntField(default=0)
    margins_learnt = fields.IntField(default=0)  # the version that `margins` are of
    margins_at = fields.DatetimeField(null=True)
    margins = fields.BinaryField(null=True)  # matching.margins.Margins, where a clock has what learns them

    class Meta:
        unique_together = (("brand", "language"),)
