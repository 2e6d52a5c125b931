"""How an expert who is away may be reached: what they switch on themselves, their quiet hours, their browsers."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tortoise.exceptions import IntegrityError

from chatmarket import fields
from chatmarket.errors import N_, NotThere, TooLate, Wrong
from chatmarket.flows import applying, paging
from chatmarket.flows.showing import View
from chatmarket.house import House
from chatmarket.models import Account, Brand, Expert, Login, Notice, Reach, Subscription, Way
from chatmarket.outside.pushes import Browser
from chatmarket.outside.street import LONGEST_URL, BadUrl
from chatmarket.store import Conflict, unit_of_work

MOST_BROWSERS = 10  # of one expert: the oldest gives way
MOST_SHOWN = 10
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


class NoPushes(TooLate):
    code = "no_pushes"
    text = N_("This server sends no notifications to browsers.")


async def shown(house: House, login: Login) -> View:
    """What is switched on, what there is to switch on, and when this expert was last paged."""
    account = login.account
    reach = await Reach.get_or_none(account_id=account.id) or Reach(account_id=account.id)
    pages = Notice.filter(expert_id=account.id, kind="page").order_by("-id").limit(MOST_SHOWN)
    pushes = house.outside.pushes
    return {
        "on": {str(way): way in reach.ways() for way in Way},
        "offered": {str(way): way in await _offered(house, account) for way in Way},
        "quiet_from": _clock(reach.quiet_from),
        "quiet_to": _clock(reach.quiet_to),
        "time_zone": (await Expert.get(account_id=account.id)).time_zone or "",
        "key": pushes.public if pushes else "",
        "here": await Subscription.filter(login_id=login.id).exists(),
        "browsers": await Subscription.filter(login__account_id=account.id, login__revoked_at=None).count(),
        "pages": [
            {
                "brand": one.brand.name,
                "topic": one.topic.name(account.language) if one.topic else "",
                "way": one.way,
                "state": one.state,
                "at": one.made_at,
            }
            for one in await pages.select_related("brand", "topic")
        ],
    }


async def _offered(house: House, account: Account) -> set[Way]:
    """The ways this house has; a webhook is one brand's, and of use to whoever answers for such a brand."""
    ways = {Way.MAIL: house.outside.letters, Way.PUSH: house.outside.pushes}
    own = await Brand.filter(standings__expert_id=account.id)
    hooked = any(paging.summons_of(brand).webhook for brand in own)
    return {way for way, there in ways.items() if there} | ({Way.WEBHOOK} if hooked else set())


def _clock(minute: int | None) -> str:
    return "" if minute is None else f"{minute // 60:02d}:{minute % 60:02d}"


async def choose(house: House, account: Account, form: Mapping[str, Any]) -> None:
    """Keeps what the page's form says. Raises Wrong with the field."""
    on = {str(way): form.get(str(way)) == "yes" for way in Way}
    start, end = _minute(form, "quiet_from"), _minute(form, "quiet_to")
    if (start is None) != (end is None):
        missing = "quiet_from" if start is None else "quiet_to"
        raise Wrong(N_("Quiet hours need a beginning and an end."), code="empty", field=missing)
    if start is not None and start == end:
        told = N_("These quiet hours end when they begin. Leave both empty to have none.")
        raise Wrong(told, code="bad_field", field="quiet_to")
    zone = fields.choice(form.get("time_zone"), "time_zone", applying.TIME_ZONES)
    await _keep(account, zone, {**on, "quiet_from": start, "quiet_to": end})


def _minute(form: Mapping[str, Any], name: str) -> int | None:
    typed = fields.text(form.get(name) or "", name, most=5, least=0)
    found = _TIME.fullmatch(typed)
    if typed and found is None:
        raise Wrong(N_("Write a time as in: 22:00."), code="bad_field", field=name)
    return int(found[1]) * 60 + int(found[2]) if found else None


@unit_of_work
async def _keep(account: Account, zone: str, chosen: dict[str, Any]) -> None:
    await Expert.filter(account_id=account.id).update(time_zone=zone)
    if await Reach.filter(account_id=account.id).update(**chosen):
        return
    try:
        await Reach.create(account_id=account.id, **chosen)
    except IntegrityError:
        raise Conflict("chosen twice at once") from None


# -- browsers ---------------------------------------------------------------------------------------------------------


async def subscribe(house: House, login: Login, sent: Mapping[str, Any]) -> None:
    """Pushes go to this browser from now on. What a browser says of itself is anybody's word: it is read as such."""
    if house.outside.pushes is None:
        raise NoPushes
    browser = Browser(
        fields.text(sent.get("endpoint"), "endpoint", most=LONGEST_URL),
        fields.text(sent.get("public"), "public", most=100),
        fields.text(sent.get("secret"), "secret", most=40),
    )
    try:
        house.outside.street.read(browser.endpoint)
    except BadUrl:
        raise _bad("endpoint") from None
    if not browser.is_sound():
        raise _bad("public")
    await _subscribe(login, browser)


def _bad(field: str) -> Wrong:
    return Wrong(N_("This browser's subscription could not be read."), code="bad_field", field=field)


@unit_of_work
async def _subscribe(login: Login, browser: Browser) -> None:
    digest = hashlib.sha256(browser.endpoint.encode()).hexdigest()
    # Whoever signs in on a browser takes it over: it is theirs now, and no longer who was signed in before.
    await Subscription.filter(digest=digest).delete()
    await Subscription.filter(login_id=login.id).delete()
    own = await Subscription.filter(login__account_id=login.account_id).order_by("-id").values_list("id", flat=True)
    await Subscription.filter(id__in=list(own)[MOST_BROWSERS - 1 :]).delete()
    try:
        await Subscription.create(
            login_id=login.id,
            endpoint=browser.endpoint,
            digest=digest,
            public=browser.public,
            secret=browser.secret,
            made_at=datetime.now(UTC),
        )
        # Whoever presses for a browser wants to be called in it: no second tick is needed.
        if not await Reach.filter(account_id=login.account_id).update(push=True):
            await Reach.create(account_id=login.account_id, push=True)
    except IntegrityError:
        raise Conflict("subscribed twice at once") from None


@unit_of_work
async def unsubscribe(login: Login) -> None:
    """No more pushes to this browser."""
    await Subscription.filter(login_id=login.id).delete()


# -- the link in a mail -----------------------------------------------------------------------------------------------


def known(house: House, token: str) -> int:
    """Whose mails a link ends. Raises NotThere for a forged one."""
    account = house.stopped_by(token)
    if account is None:
        raise NotThere
    return account


@unit_of_work
async def stop_mail(house: House, token: str) -> None:
    """No more pages by mail, without a login: whoever has the mail has the right."""
    await Reach.filter(account_id=known(house, token)).update(mail=False)
