"""What leaves for other people's machines: where it may go, what an answer means, and whom a mail is from."""

import asyncio
import socket
from collections.abc import Callable

import pytest

from chatmarket import settings
from chatmarket.outside.fates import Gone, Never, NotSent, judged
from chatmarket.outside.letters import Letter, Letters
from chatmarket.outside.pushes import Browser, Pushes
from chatmarket.outside.street import BadUrl, Street
from chatmarket.settings import SettingError
from tests.outward import SUBSCRIPTION, open_machine, open_mailbox, parts
from tests.serving import KEYS

PRIVATE = (
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.9.9",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[fe80::1]",
    "[fc00::1]",
    "[fec0::1]",
    "[::7f00:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:10.0.0.1]",
    "[2002:7f00:1::]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::1]",
    "[5f00::1]",
    "[2001:0:7f00:1::]",
    "[ff02::1]",
    "localhost",
    "LOCALHOST.",
    "hooks.localhost",
    "printer.local",
    "metadata.google.internal",
    "intranet",
    "2130706433",
    "127.1",
    "0x7f.1",
    "0177.0.0.1",
)


@pytest.mark.parametrize("host", PRIVATE)
def test_no_address_of_a_private_network_is_taken(host: str) -> None:
    with pytest.raises(BadUrl):
        Street().read(f"https://{host}/hook")
    assert Street(private=True).read(f"http://{host}/hook").hostname


@pytest.mark.parametrize(
    "url",
    ["", "https://", "http://example.com", "ftp://example.com", "//example.com", "https://a:b@example.com", "https://x:y/",
     "https://example.com/a b", "https://exämple.com", "https://example.com/\n", f"https://example.com/{'x' * 2000}"],
)  # fmt: skip
def test_what_is_no_public_https_address_is_refused(url: str) -> None:
    with pytest.raises(BadUrl):
        Street().read(url)


async def test_where_a_name_leads_is_asked_when_it_is_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[object] = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.1.2.3", 443))]

    async def looked_up(*_: object, **__: object) -> list[object]:
        if not found:
            raise OSError
        return found

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", looked_up)
    with pytest.raises(BadUrl):
        await Street().check("https://hooks.example/hook")
    await Street(private=True).check("https://hooks.example/hook")
    found[:] = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))]
    await Street().check("https://hooks.example/hook")
    found.clear()  # nobody knows the name yet
    await Street().check("https://hooks.example/hook")


def test_a_public_address_is_taken() -> None:
    for url in (
        "https://example.com",
        "https://example.com:8443/a?b=c",
        "https://93.184.216.34/",
        "https://[2606:2800::1]/",
    ):
        assert Street().read(url).hostname


@pytest.mark.parametrize("answers", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::1"], []])
async def test_a_name_that_leads_home_is_not_followed(answers: list[str], resolving: Callable[..., None]) -> None:
    """Also when only one of its addresses does: whoever connects might take that one."""
    resolving(answers)
    with pytest.raises(Never, match="private_address"):
        await Street().post("https://rebind.example/hook", b"{}", {})


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Names answer with these addresses: the one thing of the outside that no test can own."""

    def answer(addresses: list[str]) -> None:
        async def getaddrinfo(self: object, host: str, port: int, **_: object) -> list[object]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

        monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)

    return answer


async def test_nobody_there_and_no_such_name_may_be_tried_again() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and never listening
        with pytest.raises(NotSent, match="no_connection") as failed:
            await Street(private=True).post(f"http://127.0.0.1:{taken.getsockname()[1]}/", b"", {})
    assert not isinstance(failed.value, Never)
    with pytest.raises(NotSent, match="no_such_host"):
        await Street(private=True).post("http://nobody.invalid/", b"", {})


async def test_what_is_posted_arrives_at_the_name_it_was_for() -> None:
    async with open_machine() as machine:
        port = machine.url.rpartition(":")[2]
        machine.answers["/moved"] = f"302 Found\r\nlocation: {machine.url}/secret"
        assert await Street(private=True).post(f"http://localhost:{port}/hook?a=1", b"words", {"X-A": "b"}) == 201
        assert await Street(private=True).post(f"http://localhost:{port}/moved", b"", {}) == 302
        first = machine.taken[0]
    assert (first.path, first.headers["host"], first.headers["x-a"]) == ("/hook?a=1", f"localhost:{port}", "b")
    assert first.body == b"words" and len(machine.taken) == 2, "a redirect is not followed"


@pytest.mark.parametrize(
    ("status", "fate"),
    [(302, Never), (400, Never), (403, Never), (404, Gone), (410, Gone), (429, NotSent), (503, NotSent)],
)
def test_what_a_status_means(status: int, fate: type[NotSent]) -> None:
    judged(204)
    with pytest.raises(NotSent, match=f"http_{status}") as caught:
        judged(status)
    assert type(caught.value) is fate


LETTER = Letter("ana@example.com", "Preguntas en Lumen", "Hola, José\n", "<p>Hola, José</p>", "es", "https://x/stop/1")


async def test_a_mail_is_text_and_html_in_one_language_with_a_way_out() -> None:
    async with open_mailbox() as box:
        await Letters(box.url, "Lumen <no-reply@example.com>").send(LETTER)
        (mail,) = box.to("ana@example.com")
        box.refused = {"ana@example.com": "550 unknown"}
        with pytest.raises(Never, match="smtp_550"):
            await Letters(box.url, "a@example.com").send(LETTER)
        box.refused = {"ana@example.com": "451 later"}
        with pytest.raises(NotSent, match="smtp_451") as later:
            await Letters(box.url, "a@example.com").send(LETTER)
    assert not isinstance(later.value, Never)
    assert parts(mail) == ("Hola, José\r\n", "<p>Hola, José</p>\r\n")
    assert mail["From"] == "Lumen <no-reply@example.com>" and mail["Content-Language"] == "es"
    assert mail["List-Unsubscribe"] == "<https://x/stop/1>" and mail["Message-ID"].endswith("@example.com>")
    with pytest.raises(NotSent, match="no_connection"):
        await Letters(box.url, "a@example.com").send(LETTER)


async def test_a_line_break_in_a_brands_name_begins_no_header() -> None:
    async with open_mailbox() as box:
        evil = Letter("ana@example.com", "Hi\nBcc: all@example.com", "x", "x", "en")
        with pytest.raises(NotSent):
            await Letters(box.url, "a@example.com").send(evil)
    assert not box.taken


def test_a_browsers_keys_are_looked_at_before_they_are_kept() -> None:
    good = Browser(SUBSCRIPTION["endpoint"], SUBSCRIPTION["public"], SUBSCRIPTION["secret"])
    assert good.is_sound()
    off_the_curve = "BA" + "A" * 85
    for public, secret in ((off_the_curve, good.secret), ("", good.secret), (good.public, "AA"), ("é", "é")):
        assert not Browser(good.endpoint, public, secret).is_sound(), (public, secret)


def test_the_key_a_browser_subscribes_to_is_the_public_half_of_ours() -> None:
    key = Pushes(Street(), KEYS["vapid_key"], "mailto:a@example.com").public
    assert len(key) == 87 and key.startswith("B")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SMTP_URL", "http://mail", "SMTP_URL starts with smtp://"),
        ("SMTP_URL", "smtp://mail:port", "SMTP_URL is not an address"),
        ("SMTP_URL", "smtp://mail.example", "SMTP_FROM is not set"),
        ("SMTP_FROM", "nobody", "SMTP_FROM is an e-mail address"),
        ("SMTP_FROM", "A <a@b.example>\nBcc: c@d.example", "SMTP_FROM is an e-mail address"),
        ("VAPID_KEY", "short", "VAPID_KEY is not 32 bytes"),
        ("VAPID_KEY", "é" * 43, "VAPID_KEY is not 32 bytes"),
    ],
)
def test_a_setting_of_the_outside_that_is_wrong_is_named(name: str, value: str, told: str) -> None:
    given = {one: kept for one, kept in KEYS.items() if one != "vapid_key"}
    with pytest.raises(SettingError, match=told):
        settings.load({name: value}, database_url="postgres://u@127.0.0.1/none", **given)
