"""The page of a brand's privacy rules: they are typed, tried on a made-up conversation, and put in force."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from chatmarket import fields
from chatmarket.errors import N_, Problem, TooMuch, Wrong
from chatmarket.flows import drafting, proving, ruling, trying
from chatmarket.flows.drafting import Draft, Unruly
from chatmarket.flows.proving import ProveFirst
from chatmarket.flows.trying import Talk
from chatmarket.models import Account, Role
from chatmarket.privacy import packs
from chatmarket.privacy.rules import LONGEST_NAME, LONGEST_PATTERN, MOST_PATTERNS
from chatmarket.sessions import form, house_of, signed_in
from chatmarket.templating import for_htmx, language_of, page, part, translate, words

# In the order people look for them; together, every kind there is.
GROUPS = {
    "person": ("name", "birthdate", "address", "postcode", "dni", "ssn", "document"),
    "contact": ("email", "phone", "handle", "url", "ip", "mac"),
    "money": ("card", "iban"),
    "number": ("account", "number", "secret"),
    "own": ("known", "brand"),
}
DOING = ("save", "standard", "try", "add-pattern", "remove-pattern", "add-line", "remove-line")
MOST_FIELDS = 200  # of one name in a form
KNOWN = ("name", "email", "phone", "known")
LIMITS = {
    "lines": trying.MOST_LINES,
    "patterns": MOST_PATTERNS,
    "pattern": LONGEST_PATTERN,
    "name": LONGEST_NAME,
}
SAVED = N_("Saved. The next message of every chat is masked by these rules.")
STANDARD_NOW = N_("The standard rules are in force again.")


@dataclass(frozen=True, slots=True)
class Typed:
    """All that the page's form holds: rules and the version they were made from, confirmations, a conversation."""

    draft: Draft
    talk: Talk
    seen: str
    confirmed: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """The rules of the form, read once for each answer; None, and what is wrong with them."""

    found: trying.Read | None
    errors: Mapping[str, Problem]


@signed_in(Role.STAFF)
async def privacy(request: Request, account: Account) -> Response:
    rules = (await ruling.brand_of(account)).rules
    return await _page(request, account, Typed(Draft.of(rules), Talk(language_of(request)), ruling.version(rules)))


@signed_in(Role.STAFF)
async def rule(request: Request, account: Account) -> Response:
    sent = await form(request)
    what, _, which = _text(sent.get("do") or "try").partition(" ")
    fields.choice(what, "do", DOING)
    typed = _typed(sent)
    match what:
        case "save":
            return await _save(request, account, typed, sent)
        case "standard":
            return await _standard(request, account, typed, sent)
        case "try":
            return await _page(request, account, typed, tries=True)
    typed, focus = _edited(what, fields.number(which or "1", "do", most=MOST_FIELDS), typed)
    return await _page(request, account, typed, focus=focus)


async def _save(request: Request, account: Account, typed: Typed, sent: FormData) -> Response:
    read = await _read(request, account, typed)
    if read.found is None:
        return await _page(request, account, typed, read=read)
    rules = read.found.kept
    try:
        await ruling.rule(house_of(request), request.state.login, rules, typed.seen, typed.confirmed, proof=sent)
    except ruling.Unconfirmed as opening:
        errors = {f"policy-{kind}": opening for kind in opening.kinds}
        return await _page(request, account, typed, read=read, errors=errors)
    except ruling.Outdated as outdated:
        return await _outdated(request, account, typed, outdated, read)
    except (ProveFirst, Wrong, TooMuch) as unproved:
        return await _page(request, account, typed, read=read, errors={"password": unproved})
    return await _page(request, account, replace(typed, seen=ruling.version(rules)), read=read, told=SAVED)


async def _standard(request: Request, account: Account, typed: Typed, sent: FormData) -> Response:
    try:
        await ruling.rule(house_of(request), request.state.login, None, typed.seen, proof=sent)
    except ruling.Outdated as outdated:
        return await _outdated(request, account, typed, outdated)
    except (ProveFirst, Wrong, TooMuch) as unproved:
        return await _page(request, account, typed, errors={"password": unproved})
    return await _page(request, account, Typed(Draft.of(None), typed.talk, ruling.version(None)), told=STANDARD_NOW)


async def _outdated(
    request: Request, account: Account, typed: Typed, outdated: ruling.Outdated, read: Reading | None = None
) -> Response:
    """What was typed stays, beside what is in force now; saved again, it replaces that."""
    rules = (await ruling.brand_of(account)).rules
    typed = replace(typed, seen=ruling.version(rules))
    return await _page(request, account, typed, read=read, outdated=outdated, in_force=Draft.of(rules))


def _typed(sent: FormData) -> Typed:
    draft = Draft(
        {str(kind): sent.get(f"policy-{kind}") for kind in drafting.CHOOSABLE},
        list(zip(_texts(sent, "pattern-name"), _texts(sent, "pattern"), strict=False)),
        _text(sent.get("allowed")),
    )
    lines = list(zip(_texts(sent, "who"), _texts(sent, "said"), strict=False))
    talk = Talk(_text(sent.get("language")), lines, {kind: _text(sent.get(f"known-{kind}")) for kind in KNOWN})
    return Typed(draft, talk, _text(sent.get("seen")), _texts(sent, "confirmed"))


def _texts(sent: FormData, name: str) -> list[str]:
    return [_text(value) for value in sent.getlist(name)]


def _text(value: Any) -> str:
    """As it was typed: a form sends its line ends as two characters, which nobody typed."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else ""


def _edited(what: str, n: int, typed: Typed) -> tuple[Typed, str]:
    """One row more, or the n-th less, and the field to go on in."""
    patterns, lines = list(typed.draft.patterns), list(typed.talk.lines)
    match what:
        case "add-pattern":
            patterns.append(("", ""))
            n = len(patterns)
        case "remove-pattern":
            del patterns[n - 1 : n]
        case "add-line":
            lines.append(("expert" if lines and lines[-1][0] == "customer" else "customer", ""))
            n = len(lines)
        case "remove-line":
            del lines[n - 1 : n]
    rows, name = (patterns, "pattern-name") if what.endswith("pattern") else (lines, "said")
    focus = f"{name}-{min(n, len(rows))}" if rows else f"add-{what.partition('-')[2]}"
    return replace(typed, draft=replace(typed.draft, patterns=patterns), talk=replace(typed.talk, lines=lines)), focus


async def _page(
    request: Request,
    account: Account,
    typed: Typed,
    *,
    read: Reading | None = None,
    errors: Mapping[str, Problem] | None = None,
    outdated: Problem | None = None,
    told: str = "",
    tries: bool = False,
    **context: Any,
) -> Response:
    """The page, or the part of it that htmx asks for."""
    language, rules = language_of(request), (await ruling.brand_of(account)).rules
    trial, wrong = await _tried(request, account, typed, read) if typed.talk or tries else (None, {})
    found = {**(read.errors if read else {}), **wrong, **(errors or {})}
    shown = {
        "draft": typed.draft,
        "talk": typed.talk,
        "seen": typed.seen,
        "confirmed": typed.confirmed,
        "trial": trial,
        "is_standard": rules is None,
        "visible": ruling.visible(rules),
        "groups": GROUPS,
        "spoken": packs.languages(),
        "fixed": drafting.FIXED,
        "choices": drafting.CHOICES,
        "limits": {**LIMITS, "said": house_of(request).settings.message_chars},
        "errors": {name: words(problem, language) for name, problem in found.items()},
        "outdated": words(outdated, language) if outdated else "",
        "told": translate(told, language) if told else "",
        "focus": "",
        "ask_password": proving.needed(house_of(request), request.state.login) or "password" in found,
        **context,
    }
    if for_htmx(request):
        return part(request, "brand/_tried" if tries else "brand/_rules", language, **shown)
    status = outdated.status if outdated else 422 if found and not told else 200
    return page(request, "brand/privacy", status=status, **shown)


async def _read(request: Request, account: Account, typed: Typed) -> Reading:
    try:
        return Reading(await trying.read(house_of(request), account, typed.draft), {})
    except Unruly as unruly:
        return Reading(None, unruly.errors)
    except Problem as problem:
        return Reading(None, {"lines": problem})


async def _tried(
    request: Request, account: Account, typed: Typed, read: Reading | None
) -> tuple[Any, Mapping[str, Problem]]:
    """What the rules of the form do to the conversation in it, and what is wrong with either."""
    read = read or await _read(request, account, typed)
    wrong = drafting.Findings()
    talk = wrong.read_all(lambda: trying.checked(typed.talk, house_of(request).settings.message_chars))
    errors = {**read.errors, **wrong.errors}
    if read.found is None or talk is None or not talk.lines:
        return None, errors
    try:
        return await trying.tried(talk, read.found.rules), errors
    except Problem as problem:
        return None, {"lines": problem}
