"""A customer asks: the question is masked and kept, and offered to the experts who may answer."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.expressions import F

from chatmarket import fields
from chatmarket.errors import N_, ClaimRefused, NotThere, Wrong
from chatmarket.flows import offering, showing, vaulting
from chatmarket.house import House
from chatmarket.models import Brand, Chat, Customer, Expert, Message, Status, Topic
from chatmarket.privacy.ledger import given_kind, kept
from chatmarket.privacy.masking import Known, Wallet
from chatmarket.privacy.rules import Policy, Rules
from chatmarket.privacy.segments import Kind, to_json
from chatmarket.store import after_commit, unit_of_work

KNOWN_FIELDS = ("name", "email", "phone", "address", "birthdate", "postcode", "dni", "iban", "number", "known")
MOST_KNOWN = 40  # values given beforehand; each costs a look-up in every message
MOST_VALUE = 200
FIRST_CID = "question"


async def ask(house: House, slug: str, form: Mapping[str, Any], known: Mapping[str, Any], *, origin: str = "") -> Chat:
    """Opens a chat of the brand `slug` from `topic`, `language` and `question`; `known` lists values to mask, by kind.

    `origin` is whoever asks, as a network address: only counted, under a keyed digest, and never kept.
    """
    brand = await Brand.get_or_none(slug=slug)
    if brand is None:
        raise NotThere
    topic = await Topic.get_or_none(id=fields.number(form.get("topic"), "topic"), brand_id=brand.id)
    if topic is None:
        raise Wrong(N_("Please choose one of the offered values."), code="bad_field", field="topic")
    language = fields.choice(form.get("language"), "language", brand.languages)
    question = fields.text(form.get("question"), "question", most=house.settings.message_chars)
    values = known_values(known)
    house.asks.take(house.seal("asks", origin))
    # Outside the unit: two first questions of a brand both try to make its key, and one of them must find the other's.
    await vaulting.brand_key(house, brand.id)
    return await _open(house, brand, topic, language, question, values)


def known_values(known: Mapping[str, Any]) -> list[tuple[Kind, str]]:
    """`known` as kinds and values: {"name": ["Ana Ruiz"], "email": [...]}; unknown kinds are refused."""
    if not isinstance(known, Mapping) or any(not isinstance(values, list) for values in known.values()):
        raise Wrong(N_("This must be lists of texts by kind."), code="bad_field", field="known")
    if sum(map(len, known.values())) > MOST_KNOWN:
        raise Wrong(N_("That is too many values at once."), code="bad_field", field="known")
    return [
        (Kind(fields.choice(kind, "known", KNOWN_FIELDS)), _value(kind, value))
        for kind, values in known.items()
        for value in values
    ]


def _value(kind: str, value: Any) -> str:
    text = fields.text(value, kind, most=MOST_VALUE)
    if kind == Kind.EMAIL:
        fields.email(text, kind)
    return text


@unit_of_work
async def _open(
    house: House, brand: Brand, topic: Topic, language: str, question: str, known: list[tuple[Kind, str]]
) -> Chat:
    chat = await _keep(house, brand, topic, language, question, known)
    after_commit(lambda: _announce(house, chat.id))
    return chat


@unit_of_work
async def practise(house: House, brand: Brand, topic: Topic, language: str, question: str, expert: int) -> Chat:
    """A live chat of an applicant with a customer who is a script: offered to nobody, worth nothing. Raises
    ClaimRefused when the applicant has no place left."""
    chat = await _keep(house, brand, topic, language, question, [])
    live = {"status": Status.LIVE, "expert_id": expert, "claimed_at": chat.asked_at, "offered_at": chat.asked_at}
    await Chat.filter(id=chat.id).update(**live, practice=True, reward=0)
    if not await Expert.filter(account_id=expert, live__lt=F("capacity")).update(live=F("live") + 1):
        raise ClaimRefused("full")
    after_commit(lambda: offering.refresh(house, expert))
    return chat


async def _keep(
    house: House, brand: Brand, topic: Topic, language: str, question: str, known: list[tuple[Kind, str]]
) -> Chat:
    now = datetime.now(UTC)
    customer = await Customer.create(brand_id=brand.id)
    await vaulting.make_customer_key(house, brand.id, customer.id)
    chat = await Chat.create(
        brand_id=brand.id,
        topic_id=topic.id,
        customer_id=customer.id,
        language=language,
        question=[],
        seq=1,
        reward=topic.reward,
        currency=brand.currency,
        asked_at=now,
        said_at=now,
        expires_at=now + timedelta(seconds=brand.wait_limit_s),
    )
    given, vault = _numbered(known), await vaulting.opened(house, chat.id)
    held = [_held(one, vault.rules) for one in given]
    vault = replace(await vault.keep(held), wallet=Wallet(tuple(given)))
    # An address given beforehand is where the brand may answer, should nobody come in time.
    chat.email_token = "email 1" if any(one.kind is Kind.EMAIL and one.value for one in held) else None
    chat.question = to_json((await vault.mask(question)).segments)
    await chat.save(update_fields=["question", "email_token"])
    await Message.create(
        chat_id=chat.id,
        seq=1,
        author="customer",
        cid=FIRST_CID,
        fingerprint=vault.fingerprint(question),
        segments=chat.question,
        at=now,
    )
    return chat


def _held(known: Known, rules: Rules) -> Known:
    """What the vault holds of a value given beforehand: nothing of a kind that the brand drops, for it is kept nowhere.

    Such a value is looked for in the question only, while it is at hand.
    """
    return known if rules.policy(known.kind) is Policy.VISIBLE else kept(known, rules)


def _numbered(known: list[tuple[Kind, str]]) -> list[Known]:
    counts: Counter[Kind] = Counter()
    numbered = []
    for kind, value in dict.fromkeys((given_kind(kind, value), value) for kind, value in known):
        counts[kind] += 1
        numbered.append(Known(kind, counts[kind], value))
    return numbered


async def _announce(house: House, chat_id: int) -> None:
    chat = await showing.chat_whole(chat_id)
    await offering.offer(house, chat)
    await showing.tell_board(house, chat)
