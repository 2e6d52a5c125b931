"""One Chromium for the session, and a stage for each story."""

import os
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.browser.chromium import NAMES, chromium_binary, chromium_running
from tests.browser.stage import Stage, staged
from tests.cast import Cast
from tests.serving import nothing_goes_wrong_unseen

__all__ = ["nothing_goes_wrong_unseen"]


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    binary = chromium_binary()
    if binary is None:
        missing = f"no Chromium: set CHROMIUM, or install one of {', '.join(NAMES)}"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    async with chromium_running(binary) as browser:
        yield browser


@pytest.fixture
async def stage(chromium: Browser, cast: Cast) -> AsyncIterator[Stage]:
    async with staged(chromium, cast) as opened:
        yield opened
