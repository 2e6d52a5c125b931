"""The page of a brand's privacy rules: they are typed, tried on a made-up conversation, and put in force."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from chatmarket import fields
from chatmarket.errors import N_, Problem
from chatmarket.flows import drafting, ruling, trying
from chatmarket.flows.drafting import Draft, Unruly
from chatmarket.flows.trying import Talk
from chatmarket.models import Account, Role
from chatmarket.privacy.rules import LONGEST_NAME, LONGEST_PATTERN, MOST_PATTERNS, Rules
from chatmarket.sessions import form, house_of, signed_in
from chatmarket.templating import for_htmx, language_of, page, part, translate, words

# In the order people look for them; together, every kind there is.
GROUPS = {
    "person": ("name", "birthdate", "address", "postcode", "dni", "ssn", "document"),
    "contact": ("email", "phone", "handle", "url", "ip"),
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
            return await _save(request, account, typed)
        case "standard":
            return await _standard(request, account, typed)
        case "try":
            return await _page(request, account, typed, tries=True)
    typed, focus = _edited(what, fields.number(which or "1", "do", most=MOST_FIELDS), typed)
    return await _page(request, account, typed, focus=focus)


async def _save(request: Request, account: Account, typed: Typed) -> Response:
    try:
        rules = drafting.rules_of(typed.draft)
        await ruling.rule(house_of(request), account, rules, typed.seen, typed.confirmed)
    except Unruly as unruly:
        return await _page(request, account, typed, errors=unruly.errors)
    except ruling.Unconfirmed as opening:
        return await _page(request, account, typed, errors={f"policy-{kind}": opening for kind in opening.kinds})
    except ruling.Outdated as outdated:
        return await _outdated(request, account, typed, outdated)
    return await _page(request, account, replace(typed, seen=ruling.version(rules)), told=SAVED)


async def _standard(request: Request, account: Account, typed: Typed) -> Response:
    try:
        await ruling.rule(house_of(request), account, None, typed.seen)
    except ruling.Outdated as outdated:
        return await _outdated(request, account, typed, outdated)
    return await _page(request, account, Typed(Draft.of(None), typed.talk, ruling.version(None)), told=STANDARD_NOW)


async def _outdated(request: Request, account: Account, typed: Typed, outdated: ruling.Outdated) -> Response:
    """What was typed stays, beside what is in force now; saved again, it replaces that."""
    rules = (await ruling.brand_of(account)).rules
    typed = replace(typed, seen=ruling.version(rules))
    return await _page(request, account, typed, outdated=outdated, in_force=Draft.of(rules))


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
    errors: Mapping[str, Problem] | None = None,
    outdated: Problem | None = None,
    told: str = "",
    tries: bool = False,
    **context: Any,
) -> Response:
    """The page, or the part of it that htmx asks for."""
    language, rules = language_of(request), (await ruling.brand_of(account)).rules
    trial, wrong = await _tried(request, account, typed) if typed.talk or tries else (None, {})
    found = {**wrong, **(errors or {})}
    shown = {
        "draft": typed.draft,
        "talk": typed.talk,
        "seen": typed.seen,
        "confirmed": typed.confirmed,
        "trial": trial,
        "is_standard": rules is None,
        "visible": ruling.visible(rules),
        "groups": GROUPS,
        "fixed": drafting.FIXED,
        "choices": drafting.CHOICES,
        "limits": {**LIMITS, "said": house_of(request).settings.message_chars},
        "errors": {name: words(problem, language) for name, problem in found.items()},
        "outdated": words(outdated, language) if outdated else "",
        "told": translate(told, language) if told else "",
        "focus": "",
        **context,
    }
    if for_htmx(request):
        return part(request, "brand/_tried" if tries else "brand/_rules", language, **shown)
    status = outdated.status if outdated else 422 if found and not told else 200
    return page(request, "brand/privacy", status=status, **shown)


async def _tried(request: Request, account: Account, typed: Typed) -> tuple[Any, Mapping[str, Problem]]:
    """What the rules of the form do to the conversation in it, and what is wrong with either."""
    found = drafting.Findings()
    rules = found.read_all(lambda: Rules.from_json(drafting.rules_of(typed.draft)))
    talk = found.read_all(lambda: trying.checked(typed.talk, house_of(request).settings.message_chars))
    if rules is None or talk is None or not talk.lines:
        return None, found.errors
    try:
        return await trying.tried(house_of(request), account, talk, rules), found.errors
    except Problem as problem:
        return None, {"lines": problem}
