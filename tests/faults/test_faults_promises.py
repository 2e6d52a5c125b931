"""The promises with a number in them, on two processes: how long people wait while something is broken."""

import pytest

from tests.faults.figures import quantile
from tests.faults.promises import measured

pytestmark = [pytest.mark.process, pytest.mark.only("postgres")]
SLACK_S = 2.0  # two busy cores: a test suite runs beside it


async def test_delivery_goes_on_without_redis_and_presence_is_right_soon() -> None:
    seen = await measured()
    print(seen.rows())
    assert len(seen.dead) > 20 and len(seen.hung) > 20, "nobody spoke"
    assert quantile(seen.dead, 0.99) < 2 + SLACK_S
    assert quantile(seen.hung, 0.99) < 2 + SLACK_S
    assert seen.dead_healed < 3 + SLACK_S
    assert seen.hung_healed < 3 + SLACK_S
    assert seen.gone < 15 + 1 + SLACK_S  # looked at once a second
