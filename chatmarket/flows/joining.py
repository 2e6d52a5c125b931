"""Accounts: signing up as an expert, signing in and out, changing the password, revoking logins."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.exceptions import IntegrityError

from chatmarket import fields
from chatmarket.errors import N_, Wrong
from chatmarket.house import House
from chatmarket.models import Account, Brand, Expert, Login, Role, Skill, Standing, Topic
from chatmarket.store import after_commit, unit_of_work
from realtime import channels

SIGN_IN_AGAIN = 4401
SEEN_EVERY = timedelta(minutes=5)  # a login's last use is written at most so often
NO_MATCH = N_("This e-mail address and this password do not belong together.")
TAKEN_ADDRESS = N_("There is an account with this address already. Sign in instead.")


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


async def sign_up(house: House, form: Mapping[str, Any], *, language: str, device: str = "") -> tuple[Account, str]:
    """A new expert of one brand, and the token of their first login. Raises Wrong with the field."""
    address, name = fields.email(form.get("email")), fields.text(form.get("name"), "name", most=60)
    password = fields.password(form.get("password"))
    brand = await Brand.get_or_none(slug=fields.text(form.get("brand"), "brand", most=40))
    if brand is None:
        raise Wrong(N_("Please choose one of the offered values."), code="bad_field", field="brand")
    languages = fields.choices(form.get("languages"), "languages", brand.languages)
    topics = await _topics(brand, fields.numbers(form.get("topics"), "topics"))
    hashed = await house.passwords.hash(password)
    try:
        return await _join(house, address, name, hashed, brand, topics, languages, language, device)
    except IntegrityError:
        raise Wrong(TAKEN_ADDRESS, code="taken_address", field="email") from None


async def _topics(brand: Brand, wanted: list[int]) -> list[int]:
    topics = await Topic.filter(brand_id=brand.id, id__in=wanted).values("id")
    if len(topics) != len(wanted):
        raise Wrong(N_("Please choose one of the offered values."), code="bad_field", field="topics")
    return [topic["id"] for topic in topics]


@unit_of_work
async def _join(
    house: House,
    address: str,
    name: str,
    hashed: str,
    brand: Brand,
    topics: list[int],
    languages: list[str],
    language: str,
    device: str,
) -> tuple[Account, str]:
    account = await Account.create(email=address, name=name, password_hash=hashed, role=Role.EXPERT, language=language)
    await Expert.create(account_id=account.id, languages=languages)
    await Skill.bulk_create(
        [Skill(expert_id=account.id, topic_id=topic, certified=brand.open_admission) for topic in topics]
    )
    await Standing.create(expert_id=account.id, brand_id=brand.id)
    return account, await _log_in(house, account, device)


async def sign_in(house: House, email: Any, password: Any, *, device: str = "") -> tuple[Account, str]:
    """The account, and the token of a new login. An unknown address and a wrong password are told alike."""
    address = email.strip().lower()[:254] if isinstance(email, str) else ""
    house.sign_in_tries.check(counted := house.seal("sign-in", address))
    account = await Account.get_or_none(email=address, disabled_at=None) if "\0" not in address else None
    given = password[:128] if isinstance(password, str) else ""
    if not await house.passwords.fits(account.password_hash if account else None, given) or account is None:
        house.sign_in_tries.add(counted)
        raise Wrong(NO_MATCH, code="no_match", field="email")
    house.sign_in_tries.forget(counted)
    if house.passwords.is_old(account.password_hash):
        await Account.filter(id=account.id).update(password_hash=await house.passwords.hash(given))
    return account, await _sign_in(house, account, device)


@unit_of_work
async def _sign_in(house: House, account: Account, device: str) -> str:
    return await _log_in(house, account, device)


async def _log_in(house: House, account: Account, device: str) -> str:
    token = secrets.token_urlsafe(32)
    await Login.create(
        account_id=account.id,
        token_hash=token_hash(token),
        device=_printable(device),
        ends_at=datetime.now(UTC) + timedelta(days=house.settings.login_days),
    )
    return token


def _printable(device: str) -> str:
    return "".join(char for char in device if char.isprintable() and char.isascii())[:120]


async def login_of(token: str) -> Login | None:
    """The live login that `token` opens, with its account; None when unknown, ended, revoked or disabled."""
    login = await Login.get_or_none(token_hash=token_hash(token)).select_related("account__brand")
    now = datetime.now(UTC)
    if login is None or login.revoked_at or login.ends_at <= now or login.account.disabled_at:
        return None
    if now - login.seen_at > SEEN_EVERY:
        await Login.filter(id=login.id).update(seen_at=now)
    return login


async def is_live(login_id: int) -> bool:
    """Whether this login still stands, for sockets that were opened with it."""
    return await Login.filter(
        id=login_id, revoked_at=None, ends_at__gt=datetime.now(UTC), account__disabled_at=None
    ).exists()


@unit_of_work
async def revoke(house: House, account: Account, *, only: int | None = None, but: int | None = None) -> None:
    """Ends the account's logins (`only` one, or all `but` one) and closes their sockets everywhere."""
    logins = Login.filter(account_id=account.id, revoked_at=None)
    logins = logins.filter(id=only) if only is not None else logins
    logins = logins.exclude(id=but) if but is not None else logins
    ended: list[int] = [row["id"] for row in await logins.values("id")]
    await Login.filter(id__in=ended).update(revoked_at=datetime.now(UTC))
    if ended:
        after_commit(lambda: house.switchboard.hang_up(SIGN_IN_AGAIN, *map(channels.login, ended)))


async def change_password(house: House, account: Account, login: Login, old: Any, new: Any) -> None:
    """Sets a new password and ends every other login. Raises Wrong when the old one does not fit."""
    house.sign_in_tries.check(counted := house.seal("sign-in", account.email))
    if not isinstance(old, str) or not await house.passwords.fits(account.password_hash, old[:128]):
        house.sign_in_tries.add(counted)
        raise Wrong(N_("This is not your present password."), code="no_match", field="old")
    hashed = await house.passwords.hash(fields.password(new, "new"))
    await Account.filter(id=account.id).update(password_hash=hashed)
    await revoke(house, account, but=login.id)


async def logins_of(account: Account) -> list[Login]:
    return await Login.filter(account_id=account.id, revoked_at=None, ends_at__gt=datetime.now(UTC)).order_by(
        "-seen_at"
    )
