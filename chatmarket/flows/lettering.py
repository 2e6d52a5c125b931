"""The words of what leaves the house, in the reader's language: the brand and the topic, and never a customer's."""

from collections.abc import Sequence
from typing import Any

from chatmarket.errors import N_
from chatmarket.house import House
from chatmarket.models import Account, Brand, Invitation, Topic
from chatmarket.outside.letters import Letter
from chatmarket.templating import fragment, translate

WAITING = N_("Questions are waiting at %(brand)s")
ASKED = N_("%(brand)s invites you to answer its customers")
ABOUT = N_("Topic: %(topic)s. Open the lobby if you have a moment.")
# The mail as text; as HTML the same sentences stand in templates/mail/. An address follows each that ends in a colon.
PAGE = (
    (N_("Hello %(who)s,"), ""),
    (
        N_(
            "More people are asking %(brand)s than the experts online can answer. "
            "One of the topics is yours: %(topic)s."
        ),
        "",
    ),
    (N_("Open the lobby:"), "lobby"),
    (N_("You get this because you switched it on, at most once in half an hour."), ""),
    (N_("Change it:"), "reach"),
    (N_("No more of these mails, without signing in:"), "stop"),
)
INVITATION = (
    (
        N_(
            "%(brand)s invites you to answer its customers' questions in live chats, for money. "
            "This link is yours alone and works once, until %(ends)s:"
        ),
        "link",
    ),
    (N_("If you do not want to, do nothing: we do not write again about it."), ""),
)


def page(house: House, expert: Account, brand: Brand, topic: Topic) -> Letter:
    """To an expert who is away: more people ask than those online can answer."""
    told = {
        "who": expert.name,
        "brand": brand.name,
        "topic": topic.name(expert.language),
        "lobby": _url(house, "/lobby"),
        "reach": _url(house, "/reach"),
        "stop": _url(house, f"/stop/{house.stop_token(expert.id)}"),
    }
    subject = translate(WAITING, expert.language, told)
    return _letter("page", PAGE, expert.email, expert.language, subject, told)


def invitation(house: House, one: Invitation, brand: Brand) -> Letter:
    """To somebody whom a brand's people know: their own link to apply."""
    told = {
        "brand": brand.name,
        "link": _url(house, f"/join/{house.invitation_token(one.id)}"),
        "ends": one.ends_at.date().isoformat(),
    }
    assert one.email is not None
    return _letter("invitation", INVITATION, one.email, one.language, translate(ASKED, one.language, told), told)


def note(expert: Account, brand: Brand, topic: Topic) -> dict[str, str]:
    """What a browser shows, and where a press leads."""
    told = {"brand": brand.name, "topic": topic.name(expert.language)}
    return {
        "title": translate(WAITING, expert.language, told),
        "body": translate(ABOUT, expert.language, told),
        "path": "/lobby",
        "tag": f"page-{brand.slug}",
        "language": expert.language,
    }


def _letter(
    name: str, lines: Sequence[tuple[str, str]], to: str, language: str, subject: str, told: dict[str, Any]
) -> Letter:
    # A name with a line break in it would begin a header of its own; Python's own mail would refuse it.
    plain = " ".join(subject.split())
    return Letter(
        to=to,
        subject=plain,
        text="\n\n".join(_line(line, language, told, link) for line, link in lines) + "\n",
        html=fragment(f"mail/{name}", language, subject=plain, **told),
        language=language,
        stop=told.get("stop", ""),
    )


def _line(sentence: str, language: str, told: dict[str, Any], link: str) -> str:
    words = translate(sentence, language, told)
    return f"{words}\n{told[link]}" if link else words


def _url(house: House, path: str) -> str:
    return house.settings.public_url.rstrip("/") + path
