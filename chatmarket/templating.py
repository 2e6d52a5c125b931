"""Pages and fragments, in two languages: the only place that knows Jinja. Autoescape is always on."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.core import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from chatmarket.errors import Problem, Wrong
from chatmarket.privacy.glances import GLANCES
from chatmarket.settings import ROOT

LANGUAGES = ("en", "es")
_LOCALES = Path(__file__).parent / "locales"


@cache
def _translations(language: str) -> NullTranslations:
    source = _LOCALES / language / "LC_MESSAGES" / "messages.po"
    if not source.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with source.open("rb") as po:
        write_mo(compiled, read_po(po, locale=language))
    return Translations(BytesIO(compiled.getvalue()))


def translate(text: str, language: str, values: Mapping[str, object] | None = None) -> str:
    words = _translations(language).gettext(text)
    return words % {name: _written(value, language) for name, value in values.items()} if values else words


def _written(value: object, language: str) -> object:
    return format_decimal(value, locale=language) if isinstance(value, int | float) else value


def words(problem: Problem, language: str) -> str:
    return translate(problem.text, language, problem.values)


def marked(wrong: Wrong, language: str) -> dict[str, str]:
    """Each wrong field with its sentence, for a form that is shown again."""
    return {one.field or "": words(one, language) for one in (wrong, *wrong.also)}


@lru_cache(maxsize=512)
def _hash(name: str) -> str:
    return hashlib.sha256((ROOT / "static" / name).read_bytes()).hexdigest()[:12]


def static(name: str) -> str:
    """The address of a static file, changing with its content so that browsers may keep it for ever."""
    return f"/static/{name}?v={_hash(name)}"


def iso(at: datetime) -> str:
    """A moment in UTC as every frame and page writes it, to the millisecond: 2026-11-22T09:00:00.120Z."""
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds")[:-6] + "Z"


@cache
def _environment(language: str) -> Environment:
    env = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    env.install_gettext_translations(_translations(language), newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(
        language=language,
        static=static,
        iso=iso,
        now=lambda: datetime.now(UTC),
        money=lambda cents, currency: format_currency(cents / 100, currency, locale=language),
        glances=[[str(one.kind), one.pattern, one.check] for one in GLANCES],
        zone_name=lambda zone: zone_name(zone, language),
        language_name=lambda code: (Locale(code).get_display_name(language) or code).capitalize(),
    )
    return env


def zone_name(zone: str, language: str) -> str:
    """A time zone as the reader's language calls its city."""
    known: dict[str, str] = Locale(language).time_zones.get(zone, {})
    return known.get("city") or zone.rpartition("/")[2].replace("_", " ")


def fragment(name: str, language: str, **context: Any) -> str:
    """One root element, for sockets; the same file that pages include."""
    return _environment(language).get_template(f"{name}.html").render(csrf=None, **context).strip()


BLANK = "\ue000%s\ue001"  # two characters that nobody's keyboard has


class Mould:
    """A fragment rendered once with BLANKs for values, to be filled without the template engine.

    For the few things rendered for every message. The values must be escaped already.
    """

    def __init__(self, html: str) -> None:
        self._pieces = re.split("\ue000([a-z]+)\ue001", html)

    def filled(self, **values: str) -> str:
        pieces = self._pieces.copy()
        pieces[1::2] = [values[name] for name in pieces[1::2]]
        return "".join(pieces)


@lru_cache(maxsize=4096)
def chip(kind: str, n: int, language: str) -> str:
    """The mark that stands for a hidden value."""
    macros: Any = _environment(language).get_template("shared/macros.html").module
    return str(macros.chip(kind, n)).strip()


def language_of(request: Request) -> str:
    """The reader's language: chosen, else the account's, else the browser's."""
    account = getattr(request.state, "account", None)
    asked = [
        request.cookies.get("language", ""),
        account.language if account else "",
        *(part.split(";")[0].strip()[:2] for part in request.headers.get("accept-language", "")[:200].split(",")),
    ]
    return next((language for language in asked if language in LANGUAGES), "en")


def for_htmx(request: Request) -> bool:
    """Whether htmx asks: it wants a fragment in place of a page, or to be told where to go."""
    return request.headers.get("HX-Request") == "true"


def part(
    request: Request, name: str, language: str, *, status: int = 200, target: str = "", **context: Any
) -> Response:
    """A fragment as the answer to htmx; `target` puts it elsewhere than the form asked for."""
    context = {"csrf": getattr(request.state, "csrf", ""), **context}
    html = _environment(language).get_template(f"{name}.html").render(**context)
    headers = {"Cache-Control": "no-store"} | ({"HX-Retarget": target, "HX-Reswap": "outerHTML"} if target else {})
    return HTMLResponse(html, status, headers=headers)


def flashed(request: Request, text: str, status: int, *, language: str | None = None) -> Response:
    """Tells htmx's reader what went wrong, and leaves what they typed where it is."""
    return part(
        request,
        "shared/_flash",
        language or language_of(request),
        status=status,
        target="#flash",
        flash={"kind": "error", "text": text},
    )


def sent_to(request: Request, path: str) -> Response:
    """On to another page, by whichever way the browser came."""
    return (
        Response(status_code=204, headers={"HX-Redirect": path}) if for_htmx(request) else RedirectResponse(path, 303)
    )


def page(
    request: Request,
    name: str,
    *,
    status: int = 200,
    language: str | None = None,
    flash: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    language = language or language_of(request)
    html = (
        _environment(language)
        .get_template(f"{name}.html")
        .render(
            account=getattr(request.state, "account_shown", None),
            csrf=getattr(request.state, "csrf", ""),
            path=request.url.path,
            status=status,
            flash=flash,
            demo=request.app.state.house.settings.demo,
            message_chars=request.app.state.house.settings.message_chars,
            **context,
        )
    )
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store", "Content-Language": language})
