"""Everything wrong that can be sent, by name: a clear answer, nothing kept, nothing in the log, the line stays open."""

from collections.abc import AsyncIterator

import pytest

from tests.cast import PASSWORD, Cast
from tests.stories.bad import SAID, Call, Frame, Knock, Look, Press, Scene
from tests.stories.bad import scene as set_the_scene
from tests.stories.bad_addresses import ADDRESSES

NUL, SURROGATE, LONG = "a\0b", "a\ud800b", "x" * 4001
DEEP = "[" * 6000
ARABIC_ONE = "\u0661"
# What no number of a row is.
NOT_IDS = (0, -1, "", [], {}, True, None, 1.5, "1e1", " 1", "1 ", "+1", ARABIC_ONE, "0x1", 2**31, 2**63, "9" * 400)


def _send(text: object = "hi", cid: object = "c-9") -> dict[str, object]:
    return {"type": "send", "cid": cid, "text": text}


FRAMES = {
    "broken json": Frame('{"type":', "bad_json"),
    "not an object": Frame('["send"]', "bad_json"),
    "deep json": Frame(DEEP, "bad_json"),
    "deep json in a field": Frame('{"type":"send","cid":' + DEEP, "bad_json"),
    "an endless number": Frame('{"type":"resume","seq":' + "9" * 5000 + "}", "bad_json"),
    "binary": Frame(b'{"type":"ping"}', "binary"),
    "binary that is no text": Frame(b"\xff\x00\xfe", "binary"),
    "an empty frame": Frame("", "bad_json"),
    "a frame over 16 KiB": Frame('{"type":"ping","pad":"' + "x" * 16384 + '"}', closes=1009),
    "no type": Frame({"cid": "c-9"}, "unknown_type"),
    "a type that is a list": Frame({"type": ["send"]}, "unknown_type"),
    "an unknown type": Frame({"type": "shout"}, "unknown_type"),
    "a frame of the server's": Frame({"type": "state", "status": "ended"}, "unknown_type"),
    "an unknown type in the lobby": Frame({"type": "send"}, "unknown_type", "expert", "/lobby/live"),
    "an unknown type at the board": Frame({"type": "send"}, "unknown_type", "staff", "/board/live"),
    "an empty message": Frame(_send(""), "empty"),
    "a message of blanks": Frame(_send(" \n\t "), "empty"),
    "a message over 4,000 characters": Frame(_send(LONG), "too_long"),
    "a message with NUL": Frame(_send(NUL), "bad_text"),
    "a message with a lone surrogate": Frame(_send(SURROGATE), "bad_text"),
    "no text": Frame({"type": "send", "cid": "c-9"}, "bad_field"),
    "a cid with NUL": Frame(_send(cid=NUL), "bad_text"),
    "a cid with a lone surrogate": Frame(_send(cid=SURROGATE), "bad_text"),
    "an empty cid": Frame(_send(cid=""), "empty"),
    "a cid of 65": Frame(_send(cid="x" * 65), "too_long"),
    "no cid": Frame({"type": "send", "text": "hi"}, "bad_field"),
    "a cid used for another text": Frame(_send("another text", SAID[0]), "cid_reused"),
    "the question's cid": Frame(_send("another text", "question"), "cid_reused"),
    "a message to an ended chat": Frame(_send(), "not_live", "rater", "/chats/{ended}/live"),
    "a message to a waiting chat": Frame(_send(), "not_live", "waiter", "/chats/{waiting}/live"),
    "an expert's message to an ended chat": Frame(_send(), "not_live", "expert", "/rooms/{ended}/live"),
    **{f"a text that is {value!r}": Frame(_send(value), "bad_field") for value in (1, True, None, [], {}, ["hi"])},
    **{f"a cid that is {value!r}": Frame(_send(cid=value), "bad_field") for value in (1, True, None, [], {})},
    **{
        f"a position that is {value!r}": Frame({"type": "resume", "seq": value}, "bad_field")
        for value in (-1, "1", True, None, 1.5, [], {}, 2**31, 2**63, 999)
    },
}

_LIVE, _ROOM = "/chats/{live}/live", "/rooms/{live}/live"
KNOCKS = {
    "no token": Knock(_LIVE, 4401),
    "a forged token": Knock(_LIVE, 4401, "forged"),
    "an expired chat token": Knock(_LIVE, 4401, "expired customer"),
    "an expired login": Knock(_ROOM, 4401, "expired expert"),
    "an endless token": Knock(_LIVE, 4401, "long"),
    "another chat's token": Knock(_LIVE, 4401, "rater"),
    "an expert's login at the customer's door": Knock(_LIVE, 4401, "expert"),
    "a chat token at the expert's door": Knock(_ROOM, 4401, "customer"),
    "a foreign expert's login": Knock(_ROOM, 4404, "foreigner"),
    "an expert at the watcher's door": Knock("/watch/{live}/live", 4403, "expert"),
    "a watcher at another brand's chat": Knock("/watch/{foreign}/live", 4404, "staff"),
    "a wrong origin": Knock(_LIVE, 4403, "customer", {"origin": "https://evil.example"}),
    "a null origin": Knock(_LIVE, 4403, "customer", {"origin": "null"}),
    "a garbled cookie": Knock(_LIVE, 4403, None, {"cookie": 'chat_1="\\;;=; =session', "origin": "null"}),
}


def _ask(**changed: object):
    return lambda scene: {"topic": scene.names["topic"], "language": "en", "question": "How?", **changed}


def _join(**changed: object):
    return lambda scene: {
        "email": "new-one@example.com", "password": PASSWORD, "name": "New", "brand": scene.names["brand"],
        "topics": [scene.names["topic"]], "languages": ["en"], **changed,
    }  # fmt: skip


_ASK, _RATE, _CLAIM = "/brands/{brand}/chats", "/chats/{ended}/rating", "/offers/{live}/claim"
_YES = {"resolved": True, "stars": 5}
CALLS = {
    "broken json in a body": Call(_ASK, b'{"topic":', 400, "bad_json"),
    "a body that is no object": Call(_ASK, b"[1]", 400, "bad_json"),
    "a body that is deep": Call(_ASK, DEEP.encode(), 400, "bad_json"),
    "a body that is no text": Call(_ASK, b"\xff\xfe\xfd\x00", 400, "bad_json"),
    "a body with an endless number": Call(_ASK, b'{"topic":' + b"9" * 5000 + b"}", 400, "bad_json"),
    "a body over 64 KiB": Call(_ASK, b'{"question":"' + b"x" * 65536 + b'"}', 413, "too_large"),
    "an empty question": Call(_ASK, _ask(question=" "), 422, "empty"),
    "a long question": Call(_ASK, _ask(question=LONG), 422, "too_long"),
    "a question with NUL": Call(_ASK, _ask(question=NUL), 422, "bad_text"),
    "a question with a lone surrogate": Call(_ASK, _ask(question=SURROGATE), 422, "bad_text"),
    "a question that is a list": Call(_ASK, _ask(question=["How?"]), 422, "bad_field"),
    "a language that is a list": Call(_ASK, _ask(language=["en"]), 422, "bad_field"),
    "an unknown brand": Call("/brands/nobody/chats", _ask(), 404, "not_there"),
    "a brand with NUL": Call("/brands/%00/chats", _ask(), 404, "not_there"),
    "another brand's topic": Call(_ASK, lambda s: _ask(topic=s.names["foreign_topic"])(s), 422, "bad_field"),
    **{f"a topic that is {str(value)[:30]!r}": Call(_ASK, _ask(topic=value), 422, "bad_field") for value in NOT_IDS},
    **{
        f"known values that are {value!r}": Call(_ASK, _ask(known=value), 422, code)
        for value, code in [
            ([], "bad_field"), ("x", "bad_field"), (0, "bad_field"), (False, "bad_field"),
            ({"name": "Ana"}, "bad_field"), ({"name": [1]}, "bad_field"), ({"shoe": ["42"]}, "bad_field"),
            ({"name": [""]}, "empty"), ({"name": [NUL]}, "bad_text"), ({"name": ["x" * 201]}, "too_long"),
        ]
    },
    "a chat rated twice": Call(_RATE, _YES, 409, "rated_before", "rater"),
    **{
        f"blame that is {str(value)[:30]!r}": Call(_RATE, {**_YES, "blames": value}, 422, "bad_field", "rater")
        for value in ("expert", 1, ["product"], {"product": 1})
    },
    **{
        f"a customer that is {str(value)[:30]!r}": Call(_ASK, _ask(customer=value), 422, code)
        for value, code in ((None, "bad_field"), (1, "bad_field"), ([], "bad_field"), ("x" * 201, "too_long"))
    },
    "a verdict on a live chat": Call("/chats/{live}/rating", _YES, 409, "not_ended"),
    "a verdict on a waiting chat": Call("/chats/{waiting}/rating", _YES, 409, "not_ended", "waiter"),
    "a stranger's verdict": Call(_RATE, _YES, 404, "not_there", "customer"),
    "the expert's own verdict": Call(_RATE, _YES, 404, "not_there", "expert"),
    "a verdict with a long comment": Call(_RATE, {**_YES, "comment": "x" * 1001}, 422, "too_long", "rater"),
    "a verdict with a bad comment": Call(_RATE, {**_YES, "comment": SURROGATE}, 422, "bad_text", "rater"),
    "a verdict without a comment's text": Call(_RATE, {**_YES, "comment": None}, 422, "bad_field", "rater"),
    **{
        f"stars that are {str(value)[:30]!r}": Call(_RATE, {**_YES, "stars": value}, 422, "bad_field", "rater")
        for value in (*NOT_IDS, 6)
    },
    **{
        f"resolved that is {value!r}": Call(_RATE, {**_YES, "resolved": value}, 422, "bad_field", "rater")
        for value in (None, 1, 0, "true", "", [], {}, "maybe", "yes")
    },
    "a claim on a live chat of one's own brand": Call("/offers/{ended}/claim", {}, 409, "taken", "expert"),
    "a claim on another brand's chat": Call("/offers/{foreign}/claim", {}, 404, "not_there", "expert"),
    "a claim with a chat token": Call(_CLAIM, {}, 401, "sign_in"),
    "a claim of a moderator": Call(_CLAIM, {}, 403, "not_allowed", "staff"),
    "a claim with a body that is no json": Call(_CLAIM, b"{", 400, "bad_json", "expert"),
    "a withdrawal of a live chat": Call("/chats/{live}/withdraw", {}, 409, "too_late"),
    "an end of a waiting chat": Call("/chats/{waiting}/end", {}, 409, "not_live", "waiter"),
    "an end by a stranger": Call("/chats/{live}/end", {}, 401, "sign_in", "rater"),
    "an end by another expert": Call("/chats/{live}/end", {}, 404, "not_there", "foreigner"),
    "a break that is neither yes nor no": Call("/availability", {"online": 1}, 422, "bad_field", "expert"),
    "a look with a forged token": Call("/chats/{live}", {}, 404, "not_there", "forged", "GET"),
    "a look with an expired chat token": Call("/chats/{live}", {}, 404, "not_there", "expired customer", "GET"),
    "a call with an expired login": Call("/earnings", {}, 401, "sign_in", "expired expert", "GET"),
    "a call with an endless token": Call("/earnings", {}, 401, "sign_in", "long", "GET"),
    "a call with a strange token": Call("/earnings", {}, 401, "sign_in", "strange", "GET"),
    "a call from another site": Call("/availability", {"online": False}, 403, "origin", "expert", "POST",
                                     {"Origin": "https://evil.example"}),
    "a method nobody knows": Call("/earnings", {}, 405, "wrong_method", "expert", "DELETE"),
    **{
        f"a sign-in with {part} {value!r}": Call(
            "/sign-in", {"email": "nobody@example.com", "password": PASSWORD, part: value}, 422, "no_match", "nobody"
        )
        for part in ("email", "password")
        for value in (None, 1, [], {}, NUL, SURROGATE)
    },
    **{
        f"a sign-up with {part} {str(value)[:30]!r}": Call("/sign-up", _join(**{part: value}), 422, code, "nobody")
        for part, value, code in [
            ("email", "nonsense", "bad_field"), ("email", SURROGATE, "bad_text"), ("email", NUL, "bad_text"),
            ("email", None, "bad_field"), ("name", NUL, "bad_text"), ("name", "x" * 61, "too_long"),
            ("name", 5, "bad_field"), ("password", "short", "bad_field"), ("password", SURROGATE * 5, "bad_text"),
            ("password", [], "bad_field"), ("brand", NUL, "bad_text"), ("brand", {}, "bad_field"),
            ("languages", "en", "bad_field"), ("languages", [["en"]], "bad_field"), ("topics", "1", "bad_field"),
            ("topics", [], "bad_field"), ("topics", {"1": 1}, "bad_field"),
            *[("topics", [value], "bad_field") for value in NOT_IDS],
        ]
    },
}  # fmt: skip


def _encoded(charset: str) -> tuple[str, bytes]:
    fields = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n\\ud800\r\n' % name.encode()
        for name in ("question", "email", "password")
    )
    return f"multipart/form-data; boundary=x; charset={charset}", fields + b"--x--\r\n"


_QUESTION = {"topic": "{topic}", "language": "en", "question": "How?"}
_TICKED = {"resolved": "yes", "stars": "5"}
PRESSES = {
    "an empty question on the page": Press("/b/{brand}", {**_QUESTION, "question": " "}, 422, "question-error"),
    "a long question on the page": Press("/b/{brand}", {**_QUESTION, "question": LONG}, 422, "question-error"),
    "a question with NUL on the page": Press("/b/{brand}", {**_QUESTION, "question": NUL}, 422, "question-error"),
    "a page of a brand with NUL": Press("/b/%00", _QUESTION, 404, "not_there"),
    "a name with NUL on the page": Press("/b/{brand}", {**_QUESTION, "name": NUL}, 422, "marked fields"),
    **{
        f"a topic on the page {value[:30]!r}": Press("/b/{brand}", {**_QUESTION, "topic": value}, 422, "topic-error")
        for value in ("", "0", "1e1", " 1", ARABIC_ONE, "{foreign_topic}", str(2**63), "9" * 5000)
    },
    "a claim on an ended chat": Press("/offers/{ended}/claim", {}, 409, "Another expert was quicker", "expert"),
    "a claim of another brand's on the page": Press("/offers/{foreign}/claim", {}, 404, "not_there", "expert"),
    "a verdict on a waiting chat on the page": Press("/chats/{mine}/rating", _TICKED, 409, "ended"),
    "a verdict without stars on the page": Press("/chats/{mine}/rating", {"resolved": "yes"}, 422, "from 1 to 5"),
    "a stranger's verdict on the page": Press("/chats/{ended}/rating", _TICKED, 404, "not_there"),
    "an address for a chat that waits": Press("/chats/{mine}/email", {"email": "a@example.com"}, 409, "no longer"),
    "an end of a waiting chat on the page": Press("/chats/{mine}/end", {}, 409, "not live"),
    "a reveal of another brand's": Press("/unanswered/{foreign}/reveal", {"reason": "x"}, 404, "not_there", "staff"),
    "a reveal of what is nowhere": Press("/watch/{live}/reveal", {"token": "iban 9", "reason": "x"}, 404, who="staff"),
    "a reveal of no token": Press("/watch/{live}/reveal", {"token": "all", "reason": "x"}, 422, who="staff"),
    "a reveal of another brand's by number": Press("/watch/{foreign}/reveal", {"reason": "x"}, 404, who="staff"),
    "a right that is neither": Press("/people/{expert}/reveal", {"may": "perhaps"}, 404, who="staff"),
    "a reveal of a live chat": Press("/unanswered/{live}/reveal", {"reason": "x"}, 404, "not_there", "staff"),
    "an answer to a live chat": Press("/unanswered/{live}/done", {}, 404, "not_there", "staff"),
    "a decision about no case": Press("/cases/0/decide", {"what": "reopen", "reason": "x"}, 404, "not_there", "staff"),
    "an answer to no case": Press("/cases/2147483647/answer", {"text": "x"}, 404, "not_there", "expert"),
    "a decision about another brand's case": Press("/cases/1/decide", {"what": NUL, "reason": NUL}, 404, who="staff"),
    "a certificate for nothing": Press("/experts/{expert}/certify", {}, 422, "bad_field", "staff"),
    "a foreign certificate": Press("/experts/{expert}/certify", {"topic": "{foreign_topic}"}, 404, who="staff"),
    "a sign-in with NUL on the page": Press("/sign-in", {"email": NUL, "password": NUL}, 422, "do not belong together"),
    "a wrong old password": Press("/account/password", {"old": NUL, "new": "x" * 9}, 422, "present password", "expert"),
    "a new password that is too long": Press(
        "/account/password", {"old": PASSWORD, "new": "x" * 129}, 422, "8 to 128", "expert"
    ),
    "a language nobody speaks": Press("/language", {"to": NUL, "back": NUL}, 422, "bad_field"),
    "no language": Press("/language", {}, 422, "bad_field"),
    "a way back with a line end": Press("/language", {"to": "en", "back": "/\u00e9\r\nX: 1"}, 303),
    "a sign-up of nothing": Press("/sign-up", {"topics": ["x", "1e1", "9" * 400]}, 422, "marked"),
    "a form with a file": Press(
        "/b/{brand}", {}, 400, "", raw=("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; '
        b'name="question"; filename="a"\r\n\r\nx\r\n--x--\r\n'),
    ),
    "a form without its boundary": Press("/b/{brand}", {}, 400, "", raw=("multipart/form-data", b"--x\r\n")),
    "a form that breaks off": Press("/b/{brand}", {}, 400, "", raw=("multipart/form-data; boundary=x", b"--y\r\nz")),
    "a form that is not UTF-8": Press(
        "/b/{brand}", {}, 422, "", raw=("application/x-www-form-urlencoded", b"question=%ff%fe&topic=%ff"),
    ),
    "a form in an encoding that makes surrogates": Press("/b/{brand}", {}, 400, "", raw=_encoded("unicode_escape")),
    "a sign-in in such an encoding": Press("/sign-in", {}, 400, "", raw=_encoded("unicode_escape")),
    "a form in an encoding nobody knows": Press("/b/{brand}", {}, 422, "", raw=_encoded("klingon")),
    "a form that is json": Press("/b/{brand}", {}, 422, "", raw=("application/json", b'{"question":"How?"}')),
    "a form of too many fields": Press(
        "/b/{brand}", {}, 400, "", raw=("application/x-www-form-urlencoded", b"a=1&" * 300)
    ),
    "a form over 64 KiB": Press(
        "/b/{brand}", {}, 413, "", raw=("application/x-www-form-urlencoded", b"question=" + b"x" * 65536)
    ),
    "rules that say nothing": Press("/privacy", {"do": "save"}, 422, "marked fields", "staff"),
    "rules without an end": Press(
        "/privacy", {}, 413, "", "staff", ("application/x-www-form-urlencoded", b"allowed=" + b"x" * (1 << 20))
    ),
    "rules with a file": Press(
        "/privacy", {}, 400, "", "staff", ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; '
        b'name="allowed"; filename="a"\r\n\r\nx\r\n--x--\r\n'),
    ),
    "rules in an encoding that makes surrogates": Press("/privacy", {}, 400, "", "staff", _encoded("unicode_escape")),
    "a conversation to try with NUL": Press("/privacy", {"who": "expert", "said": NUL}, 422, "cannot be", "staff"),
    "words of NUL": Press("/privacy", {"do": "save", "allowed": NUL}, 422, "allowed-error", "staff"),
    **{
        f"a wish about rules that is {value[:20]!r}": Press("/privacy", {"do": value}, 422, "bad_field", "staff")
        for value in (NUL, "burn", "remove-line x", "remove-line 1e1", "remove-pattern -1", "remove-line " + "9" * 400)
    },
}  # fmt: skip

LOOKS = {
    "a brand's page with NUL": Look("/b/%00"),
    "a sign-up page with NUL": Look("/sign-up?brand=%00", 200),
    "a sign-in page with a strange next": Look("/sign-in?next=%00%ff%22%3E", 200),
    "a language by its address": Look("/language?to=es", 405),
    "an address with a line end": Look("/b/a%0d%0aSet-Cookie:x"),
    "a file outside": Look("/static/..%2f..%2fpyproject.toml"),
    "a file with NUL": Look("/static/%00"),
    "another's chat": Look("/chats/{live}"),
    "another brand's chat to watch": Look("/watch/{foreign}", who="staff"),
}


BAD = {**FRAMES, **KNOCKS, **CALLS, **PRESSES, **LOOKS, **ADDRESSES}


@pytest.fixture(scope="module")
async def scene(cast: Cast) -> AsyncIterator[Scene]:
    async with set_the_scene(cast) as made:
        yield made


@pytest.mark.parametrize("named", BAD)
async def test_bad_input_is_refused_clearly_and_leaves_nothing(scene: Scene, named: str) -> None:
    before = await scene.kept()
    await BAD[named].tried(scene)
    assert await scene.kept() == before


def test_no_bad_input_shares_its_name_with_another() -> None:
    assert len(BAD) == sum(map(len, (FRAMES, KNOCKS, CALLS, PRESSES, LOOKS, ADDRESSES)))
