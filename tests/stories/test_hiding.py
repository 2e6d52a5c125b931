"""What was masked is nowhere: not in the database, not on its way through Redis, not on any page but to its reader."""

import pytest

from chatmarket.client import Message, State
from chatmarket.models import Account, Login, VaultValue
from chatmarket.settings import Settings
from tests.cast import PASSWORD, Cast
from tests.stories.browsing import browser
from tests.stories.keeping import TABLES, is_in, tables_there, whole_database
from tests.stories.listening import heard
from tests.stories.overhearing import overhearing

NAME, EMAIL = "Anastasia Ruizgarcia", "anastasia.r@example.com"
PHONE, IBAN = "+34 612 987 654", "ES9121000418450200051332"
PLAIN = "pomegranate tractor"  # what may be read: it shows that we look in the right places
HIDDEN = (NAME, EMAIL, PHONE, IBAN, "612987654", "612 987 654", "ruizgarcia", "anastasia.r")


async def _talk(cast: Cast) -> tuple[int, str]:
    """A chat in which both sides name every value; its number and its brand's moderator's address."""
    shop = await cast.brand()
    ida, mo = await cast.expert(shop, at=cast.there), await cast.moderator(shop)
    ana = await cast.live(shop, ida, f"{PLAIN}: {NAME}, {EMAIL}", known={"name": [NAME], "phone": [PHONE]})
    async with ana.room() as customer, ida.room(ana.chat) as expert, mo.watch(ana.chat) as watching:
        await heard(watching, State)
        await customer.send(f"call {PHONE} or pay {IBAN}")
        await expert.send(f"so {EMAIL} and {PHONE}?")
        said = [await heard(expert, Message) for _ in range(3)] + [await heard(watching, Message) for _ in range(3)]
        await ana.end()
        await ana.rate(resolved=True, comment=f"{PLAIN} {EMAIL}")
        await heard(watching, State, resolved=True)
    assert not any(is_in(str(message).encode(), value) for message in said for value in HIDDEN)
    return ana.chat, mo.email


async def test_a_value_is_in_no_table_and_in_no_byte_that_redis_carries(
    cast: Cast, given: Settings, redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="chatmarket")
    async with overhearing(redis_url) as carried:
        chat, moderator = await _talk(cast)
    kept = await whole_database(given.database_url)
    assert is_in(bytes(carried), PLAIN) and is_in(kept, PLAIN)
    for value in HIDDEN:
        assert not is_in(bytes(carried), value), f"Redis carried {value}"
        assert not is_in(kept, value), f"the database holds {value}"
        assert value not in caplog.text
    async with browser(cast.here, email=moderator) as mo:
        for path in (f"/watch/{chat}", "/board", "/audit"):
            page = (await mo.open(path)).content
            assert not any(is_in(page, value) for value in HIDDEN)
    assert await VaultValue.filter(chat_id=chat).count() == 4
    assert {len(value.sealed) > 28 for value in await VaultValue.filter(chat_id=chat)} == {True}


async def test_passwords_and_tokens_are_kept_as_hashes_only(cast: Cast, given: Settings) -> None:
    ida = await cast.expert(await cast.brand())
    ana = await cast.customer(await cast.brand())
    async with browser(cast.here, email=ida.email) as page:
        cookie = page.http.cookies["session"]
        form = await page.form_token()
    kept = await whole_database(given.database_url)
    assert is_in(kept, ida.email)
    for secret in (PASSWORD, ida.token, cookie, form, ana.token):
        assert not is_in(kept, secret)
    assert (await Account.get(id=ida.id)).password_hash.startswith("$argon2id$")
    assert all(len(login.token_hash) == 64 for login in await Login.filter(account_id=ida.id))


async def test_every_table_of_the_database_is_looked_at(cast: Cast, given: Settings) -> None:
    assert await tables_there(given.database_url) == set(TABLES)
