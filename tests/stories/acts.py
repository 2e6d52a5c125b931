"""What each route that changes something is given by the canaries' people, and who of them is answered with success."""

import re
from collections.abc import Mapping
from typing import Any

from chatmarket.flows.drafting import Draft
from tests import outward
from tests.cast import PASSWORD
from tests.stories import canaries

NEW_PASSWORD = "another long enough password"

APPLICANT = {
    "password": PASSWORD,
    "name": "Nell",
    "languages": ["en"],
    "topics": ["{topic}"],
    "time_zone": "Europe/Madrid",
    "accept": "yes",
    "terms": "1",
}

# By route: who is allowed, and what everybody sends. Words in {} are filled in for each person and scene.
# What only a chat's own customer may do is played where the chat is lived, with canaries in it; see OWN.
ACTS: dict[str, tuple[str, dict[str, Any]]] = {
    "/language": ("visitor", {"to": "es", "back": "/"}),
    "/b/{brand}": ("visitor", {"topic": "{topic}", "language": "en", "question": "How?"}),
    "/b/{brand}/topics": ("visitor", {"language": "en", "question": "How?"}),
    "/brands/{brand}/chats": ("visitor", {"topic": "{topic}", "language": "en", "question": "How?"}),
    "/lobby/availability": ("expert", {"online": "yes"}),
    "/availability": ("expert", {"online": True}),
    "/standing/capacity": ("expert", {"chats": "1"}),
    "/rooms/{given}/hand-back": ("expert", {"reason": "time"}),
    "/offers/{waiting}/claim": ("expert", {"card": "{card}", "key": "{key}"}),
    "/claims/{expert}/seen": ("moderator", {}),
    "/offers/{offered}/decline": ("expert", {"reason": "time"}),
    "/rooms/{waiting}/end": ("expert", {}),
    "/reviews/{review}": ("moderator", {"what": "released", "note": "nothing to it"}),
    "/blocks": ("moderator", {"expert": "{expert}", "days": "1", "reason": "rude"}),
    "/blocks/{block}/lift": ("moderator", {"reason": "said sorry"}),
    "/rooms/{mine}/report": ("rival", {"reason": "spam"}),
    "/unanswered/{left}/done": ("moderator", {}),
    "/unanswered/{outside}/teach": ("moderator", {"topic": "{topic}"}),
    "/topics/own": ("moderator", {"language": "en", "examples": "May I have an invoice?"}),
    "/topics/{topic}": ("moderator", {"language": "en", "examples": "How do I reset my lamp?"}),
    "/examples/{example}/move": ("moderator", {"topic": "brand"}),
    "/examples/{example}/remove": ("moderator", {}),
    "/experts/{expert}/certify": ("moderator", {"topic": "{topic}"}),
    "/experts/{expert}/uncertify": ("moderator", {"topic": "{topic}"}),
    "/cases/{pleaded}/answer": ("rival", {"text": "It was an outage."}),
    "/cases/{appealed}/appeal": ("rival", {"text": "It was an outage."}),
    "/cases/{examined}/exam": ("rival", {}),
    "/cases/{decided}/decide": ("moderator", {"what": "reopen", "reason": "It was an outage.", "read": "yes"}),
    "/offering": ("staff", {"how": "broadcast", "park": "0", "settle": "0", "reply": "0"}),
    "/offering/paging": (
        "staff",
        {"on": "no", "waiting_share": "5", "pages_per_chat": "10", "rest_seconds": "30", "patience_seconds": "10"},
    ),
    "/reach": ("expert", {"time_zone": "Europe/Madrid", "quiet_from": "22:00", "quiet_to": "08:00"}),
    "/reach/browser": ("expert", outward.SUBSCRIPTION),
    "/reach/browser/drop": ("expert", {}),
    "/stop/{stop}": ("visitor", {}),
    "/brands/{brand}/terms": ("expert", {"accept": "yes", "terms": "1"}),
    "/recruiting": ("staff", {"recruiting": "yes", "welcome-en": "Riders wanted"}),
    "/recruiting/invitations": ("staff", {"note": "the forum", "language": "en", "most": "2", "days": "14"}),
    "/recruiting/invitations/table": ("staff", {"table": "new@example.com", "days": "14", "do": "invite"}),
    "/marking/{answer}": ("moderator", {"good": "yes", "why": "kind"}),
    "/b/{brand}/join": ("visitor", {**APPLICANT, "email": "join-{reader}@example.com"}),
    "/join/{token}": ("visitor", {**APPLICANT, "topics": ["{foreign}"], "email": "invited-{reader}@example.com"}),
    "/recruiting/invitations/{invitation}/revoke": ("staff", {}),
    "/recruiting/terms": ("staff", {"terms-en": "Be kind", "seen": "1", "confirmed": "yes"}),
    "/brands/{brand}/applications": (
        "rival",
        {"topics": ["{topic}"], "languages": ["en", "es"], "time_zone": "Europe/Madrid", "terms": 1},
    ),
    "/brands/{brand}/exams": ("rival", {"language": "en"}),
    "/exams/{attempt}/answers": ("rival", {"question": "{asked}", "given": "42"}),
    "/brands/{brand}/exam": ("rival", {"language": "en"}),
    "/exams/{attempt}": ("rival", {"question": "{next}", "given": "42"}),
    "/exams/{attempt}/practice": ("rival", {}),
    "/recruiting/exams": ("staff", {"language": "es"}),
    "/recruiting/exams/{exam}": ("staff", {"most": "6", "minutes": "30", "attempts": "3", "pause_days": "7"}),
    "/recruiting/exams/{exam}/questions": ("staff", {"kind": "short", "text": "Which?", "lines": "42"}),
    "/recruiting/exams/{exam}/questions/{question}": ("staff", {"do": "remove"}),
    "/recruiting/exams/{exam}/publish": ("staff", {}),
    "/recruiting/exams/{exam}/retire": ("staff", {}),
    "/privacy": (
        "staff",
        {
            "do": "try",
            "language": "en",
            "who": "customer",
            "said": "call 612 345 678",
            **{f"policy-{kind}": policy for kind, policy in Draft.of(None).policies.items()},
        },
    ),
    "/customers": ("staff", {"what": canaries.GIVEN["email"][0]}),
    "/customers/retention": ("staff", {"days": "3650", "confirmed": "yes", "password": PASSWORD}),
    "/customers/{customer}/erase": ("staff", {"reason": "asked for it", "password": PASSWORD}),
    "/people/{person}/reveal": ("staff", {"may": "yes"}),
    "/chats/{chat}/withdraw": ("", {}),
    "/chats/{chat}/end": ("", {}),
    "/chats/{chat}/rating": ("", {"resolved": "yes"}),
    "/chats/{chat}/email": ("", {"email": "x@example.com"}),
    "/chats/{chat}/report": ("", {"reason": "rude"}),
    # Last, for they end logins: whoever signs out sees no more.
    "/account/logins/{login}/revoke": ("rival", {}),
    "/account/logins/revoke-others": ("rival", {}),
    "/sign-in": ("rival", {"email": "{email}", "password": PASSWORD}),
    "/account/password": ("rival", {"old": PASSWORD, "new": NEW_PASSWORD}),
    "/sign-up": (
        "visitor",
        {
            "email": "new-{reader}-{door}@example.com",
            "password": PASSWORD,
            "name": "Nell",
            "brand": "{brand}",
            "languages": ["en"],
            "topics": ["{topic}"],
        },
    ),
    "/sign-out": ("moderator", {}),
}
# Nobody of the readers is the chat's customer, so to all of them there is no such chat.
OWN = frozenset(route for route, (who, _) in ACTS.items() if not who)
# These answer values to those who may read them, and are tried by everybody else.
WHY = {"reason": "to answer by e-mail", "password": PASSWORD}
REVEALS: dict[str, dict[str, Any]] = {
    "/unanswered/{left}/reveal": WHY,
    "/watch/{chat}/reveal": {**WHY, "token": "email 1"},
    "/chats/{chat}/reveal": {**WHY, "token": "email", "n": 1},
    "/customers/{customer}/export": WHY,
}


def route_of(act: str) -> str:
    """The route as the product writes it: which chat is meant is the scene's own affair."""
    chats = ("left", "waiting", "offered", "outside", "mine", "given")
    cases = ("pleaded", "appealed", "examined", "decided")
    return re.sub(rf"{{({'|'.join(cases)})}}", "{case}", re.sub(rf"{{({'|'.join(chats)})}}", "{chat}", act))


def filled(given: Any, scene: Mapping[str, Any]) -> Any:
    """What is sent, with the scene's own numbers and names in it."""
    if isinstance(given, dict):
        return {name: filled(value, scene) for name, value in given.items()}
    if isinstance(given, list):
        return [filled(value, scene) for value in given]
    if given == "{topic}":
        return scene["topic"]
    return given.format(**scene) if isinstance(given, str) else given
