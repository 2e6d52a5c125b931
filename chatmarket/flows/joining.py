"""Accounts: signing up as an expert, signing in and out, changing the password, revoking logins."""

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.exceptions import IntegrityError

from chatmarket import fields
from chatmarket.errors import N_, Wrong
from chatmarket.fields import Together
from chatmarket.flows import applying
from chatmarket.flows.auditing import OWN_DOMAIN
from chatmarket.house import House
from chatmarket.models import Account, Brand, Expert, Invitation, Login, Role
from chatmarket.privacy.finders.detectors import find
from chatmarket.privacy.segments import Kind
from chatmarket.store import Conflict, StoreBusy, after_commit, alone, unit_of_work
from realtime import channels

SIGN_IN_AGAIN, COME_BACK = 4401, 1012
FORGET_AFTER = timedelta(days=30)
MOST_LOGINS = 100  # shown to their owner
SEEN_EVERY = timedelta(minutes=5)  # a login's last use is written at most so often
NO_MATCH = N_("This e-mail address and this password do not belong together.")
TAKEN_ADDRESS = N_("There is an account with this address already. Sign in instead.")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who knocks: a network address, only ever counted under a keyed digest, a browser, and the language it shows."""

    address: str
    device: str
    language: str
    chosen: bool  # the language, by a press of a button


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


async def sign_up(house: House, form: Mapping[str, Any], visitor: Visitor) -> tuple[Account, str]:
    """A new expert of one brand, and the token of their first login. Raises Wrong for all that is wrong at once."""
    together = Together()
    who = _who(form, together)
    return await _make_account(house, who, await applying.wished(form, visitor.language, together), visitor)


async def apply(
    house: House, brand: Brand, form: Mapping[str, Any], visitor: Visitor, invitation: Invitation | None
) -> tuple[Account, str]:
    """The same from the brand's own page, where its terms are accepted."""
    together = Together()
    who = _who(form, together)
    wish = await applying.wished_here(brand, form, visitor.language, invitation, together)
    return await _make_account(house, who, wish, visitor)


async def _make_account(
    house: House, who: tuple[str, str, str], wish: applying.Wish, visitor: Visitor
) -> tuple[Account, str]:
    """An account of this address, name and password for an expert of the brand they wish for; its first login."""
    address, name, password = who
    house.sign_ups.take(house.seal("sign-up", visitor.address))
    hashed = await house.passwords.hash(password)
    try:
        return await _join(house, address, name, hashed, wish, visitor)
    except IntegrityError:
        raise Wrong(TAKEN_ADDRESS, code="taken_address", field="email") from None


# By these somebody can be reached elsewhere; a name itself is no reason to refuse one.
_REACHES = frozenset(
    {Kind.EMAIL, Kind.URL, Kind.IP, Kind.MAC, Kind.HANDLE, Kind.PHONE, Kind.NUMBER, Kind.CARD, Kind.IBAN}
)


def _who(form: Mapping[str, Any], together: Together) -> tuple[str, str, str]:
    address = name = password = ""
    with together.reading():
        address = fields.email(form.get("email"))
        if address.endswith(f"@{OWN_DOMAIN}"):
            raise Wrong(TAKEN_ADDRESS, code="taken_address", field="email")
    with together.reading():
        name = fields.text(form.get("name"), "name", most=60)
        if any(span.kind in _REACHES for span in find(name)):
            # Customers read it: it would be a way around the masking.
            raise Wrong(N_("A name holds no address, number or link."), code="bad_field", field="name")
    with together.reading():
        password = fields.password(form.get("password"))
    return address, name, password


@unit_of_work
async def _join(
    house: House, address: str, name: str, hashed: str, wish: applying.Wish, visitor: Visitor
) -> tuple[Account, str]:
    account = await Account.create(
        email=address, name=name, password_hash=hashed, role=Role.EXPERT, language=visitor.language
    )
    await Expert.create(account_id=account.id, languages=wish.languages)
    await applying.enter(account, wish)
    return account, await log_in(house, account, visitor.device)


async def sign_in(house: House, email: Any, password: Any, visitor: Visitor) -> tuple[Account, str]:
    """The account, and the token of a new login. An unknown address and a wrong password are told alike."""
    address, given = _as_kept(fields.email, email), _as_kept(fields.password, password)
    place = house.seal("sign-in", f"{address} {visitor.address}")
    house.sign_ins.take(place)
    house.accounts.take(house.seal("sign-in", address))
    account = await Account.get_or_none(email=address, disabled_at=None)
    if not await house.passwords.fits(account.password_hash if account else None, given) or account is None:
        raise Wrong(NO_MATCH, code="no_match", field="email")
    house.sign_ins.forget(place)
    house.accounts.forget(house.seal("sign-in", address))
    return account, await _sign_in(house, account, visitor, await _fresh_hash(house, account, given))


async def _fresh_hash(house: House, account: Account, given: str) -> str:
    kept = account.password_hash
    return await house.passwords.hash(given) if house.passwords.is_old(kept) else kept


@unit_of_work
async def _sign_in(house: House, account: Account, visitor: Visitor, hashed: str) -> str:
    language = visitor.language if visitor.chosen else account.language
    # Only if it is still the password that was checked: it may have been changed meanwhile.
    same = Account.filter(id=account.id, password_hash=account.password_hash, disabled_at=None)
    if not await same.update(password_hash=hashed, language=language):
        raise Wrong(NO_MATCH, code="no_match", field="email")
    return await log_in(house, account, visitor.device)


def _as_kept(read: Callable[[Any], str], value: Any) -> str:
    """What was typed, as signing up would have kept it; nothing for what it would have refused, which fits nobody."""
    try:
        return read(value)
    except Wrong:
        return ""


async def log_in(house: House, account: Account, device: str) -> str:
    """The token of a new login; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    await Login.create(
        account_id=account.id,
        token_hash=token_hash(token),
        device=_printable(device),
        ends_at=datetime.now(UTC) + timedelta(days=house.settings.login_days),
        proved_at=datetime.now(UTC),  # logins are made for a password that was given just now
    )
    return token


def _printable(device: str) -> str:
    return "".join(char for char in device if char.isprintable() and char.isascii())[:120]


async def login_of(house: House, token: str) -> Login | None:
    """The live login that `token` opens, with its account; None when unknown, ended, revoked or disabled."""
    found: Login | None = await house.logins.add(token_hash(token))
    return found


async def read_logins(hashes: Sequence[str]) -> list[Login | Exception | None]:
    """The live logins of a batch of token hashes, in one read: thousands may knock in the same second."""
    now = datetime.now(UTC)
    found = {
        login.token_hash: login
        for login in await Login.filter(token_hash__in=set(hashes)).select_related("account__brand")
        if not login.revoked_at and login.ends_at > now and not login.account.disabled_at
    }
    unseen = [login.id for login in found.values() if now - login.seen_at > SEEN_EVERY]
    if unseen:
        # Nobody waits for that: a login's row that somebody holds must not hold up all who knock.
        alone(_note_seen(unseen, now))
    return [found.get(one) for one in hashes]


async def _note_seen(logins: Sequence[int], now: datetime) -> None:
    with suppress(StoreBusy, Conflict):  # the next knock tries again
        await Login.filter(id__in=logins).update(seen_at=now)


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
    house.sign_ins.take(place := house.seal("password", account.email))
    if not await house.passwords.fits(account.password_hash, _as_kept(fields.password, old)):
        raise Wrong(N_("This is not your present password."), code="no_match", field="old")
    house.sign_ins.forget(place)
    await _change_password(house, account, login, await house.passwords.hash(fields.password(new, "new")))


@unit_of_work
async def _change_password(house: House, account: Account, login: Login, hashed: str) -> None:
    await Account.filter(id=account.id).update(password_hash=hashed)
    await revoke(house, account, but=login.id)


@unit_of_work
async def speak(house: House, account: Account, language: str) -> None:
    """The account's pages and sockets speak this language from now on; open sockets come back in it."""
    await Account.filter(id=account.id).update(language=language)
    open_ = [row["id"] for row in await Login.filter(account_id=account.id, revoked_at=None).values("id")]
    after_commit(lambda: house.switchboard.hang_up(COME_BACK, *map(channels.login, open_)))


async def forget_logins() -> None:
    """Logins that ended long ago are of no use to anybody."""
    long_ago = datetime.now(UTC) - FORGET_AFTER
    await Login.filter(ends_at__lt=long_ago).delete()
    await Login.filter(revoked_at__lt=long_ago).delete()


async def logins_of(account: Account) -> list[Login]:
    return (
        await Login.filter(account_id=account.id, revoked_at=None, ends_at__gt=datetime.now(UTC))
        .order_by("-seen_at")
        .limit(MOST_LOGINS)
    )
