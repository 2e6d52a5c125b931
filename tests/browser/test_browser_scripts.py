"""What people write stays what they wrote: a dozen scripts, as question, message, name, comment and reason."""

import pytest
from playwright.async_api import Request, expect

from tests.browser.people import Somebody
from tests.browser.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.only("sqlite")]

SCRIPTS = (
    "<script>window['pwned']=1</script>",
    "<img src=evil onerror=\"window['pwned']=1\">",
    "\"><svg onload=window['pwned']=1>",
    "' autofocus onfocus=window['pwned']=1 x='",
    "<a href=\"javascript:window['pwned']=1\">press</a>",
    "{{ 7*7 }}${7*7}<%= 7*7 %>",
    "</textarea><script>window['pwned']=1</script>",
    "</template><img src=evil onerror=window['pwned']=1>",
    "<iframe srcdoc=\"<script>parent['pwned']=1</script>\"></iframe>",
    "<details open ontoggle=window['pwned']=1>",
    '<b hx-get="/evil" hx-trigger="load" hx-on:load="pwned=1">b</b>',
    "<style>@import '/evil'; * { display: none }</style>",
    "<math><mtext></table><style><img src=evil onerror=window['pwned']=1>",
    "&lt;script&gt;window['pwned']=1&lt;/script&gt;",
)
NAME = "<img src=evil onerror=pwned=1>"


class Watchful:
    """Notices when a page of somebody runs what was written, or asks the server for it."""

    def __init__(self, *people: Somebody) -> None:
        self._people = people
        self.asked_for: list[str] = []
        for person in people:
            person.page.on("request", self._note)

    def _note(self, request: Request) -> None:
        if "evil" in request.url:
            self.asked_for.append(request.url)

    async def sees_nothing_run(self) -> None:
        assert self.asked_for == []
        for person in self._people:
            assert await person.page.evaluate("window.pwned") is None
            made = person.page.locator("#messages").locator("script, img, iframe, a, b, style, math, details")
            await expect(made).to_have_count(0)


async def test_what_is_written_is_shown_and_never_runs(stage: Stage) -> None:
    shop = await stage.cast.brand()
    ida = await stage.expert(shop, NAME, at=stage.cast.there)
    mo = await stage.moderator(shop)
    ana = await stage.customer()
    watchful = Watchful(ida, mo, ana)
    chat = await ana.asks(shop, SCRIPTS[0], name="<u>Zoraida</u>")
    await ida.reads(SCRIPTS[0], await ida.sees_offer(chat))
    await mo.reads(SCRIPTS[0], mo.row(chat))
    await ida.claims(chat)
    await ana.reads(NAME)
    await mo.watches(chat)
    await ana.says(*SCRIPTS[1::2])
    await ida.reads_messages(SCRIPTS[0], *SCRIPTS[1::2])
    await ida.says(*SCRIPTS[2::2])
    said = [SCRIPTS[0], *SCRIPTS[1::2], *SCRIPTS[2::2]]
    for person in (ana, ida, mo):
        await person.reads_messages(*said)
    await watchful.sees_nothing_run()
    for person in (ana, ida, mo):
        await person.page.reload()
        await person.is_connected()
        assert await person.messages() == said
    await watchful.sees_nothing_run()

    await ana.ends()
    await ana.rates(resolved=True, stars=5, comment=SCRIPTS[1])
    seen_again: list[tuple[Somebody, str]] = [
        (ida, "/standing"),
        (ida, "/account"),
        (mo, "/board"),
        (mo, "/experts"),
        (mo, f"/watch/{chat}"),
    ]
    for one, path in seen_again:
        await one.opens(path)
        await watchful.sees_nothing_run()


async def test_what_is_written_into_forms_comes_back_as_text(stage: Stage) -> None:
    shop = await stage.cast.brand(wait_limit_s=1)
    ana = await stage.customer()
    mo = await stage.moderator(shop, role="staff")
    watchful = Watchful(ana, mo)
    await ana.opens(f"/b/{shop.slug}")
    await ana.fills(question=SCRIPTS[6], name=SCRIPTS[2])
    await ana.page.locator("form.card").evaluate("form => { form.noValidate = true; }")
    await ana.presses("Ask now")
    await ana.sees("Please check the marked fields.")
    await expect(ana.page.locator("[name=question]")).to_have_value(SCRIPTS[6])
    await expect(ana.page.locator("input[name=name]")).to_have_value(SCRIPTS[2])
    await watchful.sees_nothing_run()

    chat = await ana.asks(shop, SCRIPTS[1])
    await ana.sees("Nobody was free in time")
    await ana.fills(email="ana@example.com")
    await ana.presses("Answer me by e-mail")
    await ana.sees("We will write to you")
    await mo.opens("/unanswered")
    case = mo.page.locator(f"#unanswered-{chat}")
    await mo.reads(SCRIPTS[1], case)
    await mo.presses("Reveal the e-mail address", case)
    await mo.fills(reason=SCRIPTS[0])
    await mo.presses("Reveal once", case)
    await mo.reads("ana@example.com")
    await mo.opens("/audit")
    await mo.reads(SCRIPTS[0])
    await watchful.sees_nothing_run()
