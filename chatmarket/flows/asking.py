"""A customer asks: the question is masked and kept, and offered to the experts who may answer."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.expressions import F

from chatmarket import fields
from chatmarket.errors import N_, ClaimRefused, NotThere, Wrong
from chatmarket.flows import excluding, offering, proposing, raising, recognising, returning, showing, vaulting
from chatmarket.flows.proposing import Asked, Route
from chatmarket.house import House
from chatmarket.models import Brand, Chat, Customer, Expert, Message, RoutedBy, Status, Topic
from chatmarket.privacy.ledger import kept
from chatmarket.privacy.masking import Known, Wallet
from chatmarket.privacy.rules import Policy
from chatmarket.privacy.segments import Kind, to_json
from chatmarket.store import after_commit, unit_of_work

KNOWN_FIELDS = ("name", "email", "phone", "address", "birthdate", "postcode", "dni", "iban", "number", "known")
MOST_KNOWN = 40  # values given beforehand; each costs a look-up in every message
MOST_VALUE = 200
FIRST_CID = "question"


async def ask(
    house: House,
    slug: str,
    form: Mapping[str, Any],
    known: Mapping[str, Any],
    *,
    origin: str = "",
    device: str = "",
    confirm: bool = False,
    customer: str = "",
) -> Chat:
    """Opens a chat of the brand `slug` from `topic`, `language` and `question`; `known` lists values to mask, by kind.
    `customer` is the token of one who asked before; without it, or with one that is no longer good, they are new.

    Without a topic the question's text decides, unless the customer is there to `confirm` it: see `proposing.route`.
    `origin` is whoever asks, as a network address: only counted, under a keyed digest, and never kept. `device` is
    their browser's random number, of which a keyed digest is kept. Raises Barred when that or
    the customer is blocked.
    """
    brand = await Brand.get_or_none(slug=slug)
    if brand is None:
        raise NotThere
    mark = recognising.mark_of(house, brand.id, device)
    await excluding.check_customer(brand.id, mark)
    language = fields.choice(form.get("language"), "language", brand.languages)
    question = fields.text(form.get("question"), "question", most=house.settings.message_chars)
    values = known_values(known)
    house.asks.take(house.seal("asks", origin))
    route = await proposing.route(house, brand, form.get("topic"), Asked(language, question, values), confirm=confirm)
    # Outside the unit: two first questions of a brand both try to make its key, and one of them must find the other's.
    await vaulting.brand_key(house, brand.id)
    return await _open(house, brand, route, language, question, values, customer, mark)


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
    house: House,
    brand: Brand,
    route: Route,
    language: str,
    question: str,
    known: list[tuple[Kind, str]],
    token: str,
    mark: str | None,
) -> Chat:
    customer = await returning.known(house, brand.id, token)
    # Known by their token alone: whoever is blocked may come with another browser, or with none. Their row is held, so
    # a block that is made meanwhile either waits, or is there.
    await excluding.check_customer(brand.id, mark, customer.id if customer else None)
    chat = await _keep(house, brand, route, language, question, known, customer)
    await recognising.note(brand.id, chat.id, recognising.CUSTOMER, mark)
    if customer is not None and chat.in_scope:
        await returning.asked_again(house, chat)
    after_commit(lambda: _announce(house, chat.id))
    return chat


@unit_of_work
async def practise(house: House, brand: Brand, topic: Topic, language: str, question: str, expert: int) -> Chat:
    """A live chat of an applicant with a customer who is a script: offered to nobody, worth nothing. Raises
    ClaimRefused when the applicant has no place left."""
    chat = await _keep(house, brand, Route(topic, RoutedBy.CUSTOMER), language, question, [])
    live = {"status": Status.LIVE, "expert_id": expert, "claimed_at": chat.asked_at, "offered_at": chat.asked_at}
    await Chat.filter(id=chat.id).update(**live, practice=True, reward=0)
    if not await Expert.filter(account_id=expert, live__lt=F("capacity")).update(live=F("live") + 1):
        raise ClaimRefused("full")
    after_commit(lambda: offering.refresh(house, expert))
    return chat


async def _keep(
    house: House,
    brand: Brand,
    route: Route,
    language: str,
    question: str,
    known: list[tuple[Kind, str]],
    customer: Customer | None = None,
) -> Chat:
    now = datetime.now(UTC)
    if customer is None:
        customer = await Customer.create(brand_id=brand.id)
        await vaulting.make_customer_key(house, brand.id, customer.id)
    chat = await Chat.create(
        brand_id=brand.id,
        topic_id=route.topic.id,
        routed_by=route.by,
        customer_id=customer.id,
        language=language,
        question=[],
        seq=1,
        reward=route.topic.reward,
        currency=brand.currency,
        asked_at=now,
        said_at=now,
        expires_at=now + timedelta(seconds=brand.wait_limit_s),
        card=offering.new_card(),
        grows_at=raising.begins(brand, now),
    )
    given, vault = proposing.numbered(known), await vaulting.opened(house, chat.id)
    held = [_held(one, vault) for one in given]
    vault = replace(await vault.keep(held), wallet=Wallet(tuple(given), vault.wallet.key))
    # An address given beforehand is where the brand may answer, should nobody come in time.
    chat.email_token = "email 1" if any(one.kind is Kind.EMAIL and one.value for one in held) else None
    chat.question = to_json((await vault.mask(question)).segments)
    if route.by is RoutedBy.BRAND:  # no expert hears of it
        chat.status, chat.ended_at = Status.ESCALATED, now
    await chat.save(update_fields=["question", "email_token", "status", "ended_at"])
    told = {"fingerprint": vault.fingerprint(question), "segments": chat.question}
    await Message.bulk_create([Message(chat_id=chat.id, seq=1, author="customer", cid=FIRST_CID, at=now, **told)])
    return chat


def _held(known: Known, vault: vaulting.ChatVault) -> Known:
    """What the vault holds of a value given beforehand: of a kind that the brand drops nothing but its marks. In the
    question it is at hand itself."""
    if vault.rules.policy(known.kind) is Policy.VISIBLE:
        return known
    return kept(known, vault.rules, vault.wallet.key)


async def _announce(house: House, chat_id: int) -> None:
    chat = await showing.chat_whole(chat_id)
    if chat.status == Status.WAITING:
        await offering.offer(house, chat)
    await showing.tell_board(house, chat)
