"""The last used is kept, the longest unused makes room."""

import pytest

from chatmarket import recent
from chatmarket.recent import Recent


def test_the_longest_unused_makes_room() -> None:
    last: Recent[str, int] = Recent(2, 60)
    last.put("a", 1)
    last.put("b", 2)
    assert last.get("a") == 1
    last.put("c", 3)
    assert (last.get("a"), last.get("b"), last.get("c"), len(last)) == (1, None, 3, 2)
    last.put("a", 4)
    last.put("d", 5)
    assert (last.get("a"), last.get("c")) == (4, None)
    last.drop("a")
    last.drop("a")
    assert last.get("a") is None and len(last) == 1


def test_nothing_is_kept_beyond_its_time_used_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(recent, "monotonic", lambda: now[0])
    kept: Recent[str, int] = Recent(10, 5)
    kept.put("a", 1)
    now[0] += 4
    kept.put("b", 2)
    assert kept.get("a") == 1
    now[0] += 2
    kept.drop_old()
    assert len(kept) == 1 and kept.get("b") == 2
    now[0] += 4
    assert kept.get("b") is None and len(kept) == 0


def test_what_follows_has_the_time_that_was_left_and_comes_not_back(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(recent, "monotonic", lambda: now[0])
    kept: Recent[str, str] = Recent(10, 5)
    kept.put("a", "first")
    now[0] += 4
    kept.follow("a", "first", "second")
    assert kept.get("a") == "second"
    kept.follow("a", "first", "third")
    assert kept.get("a") == "second", "somebody else had put another"
    now[0] += 2
    assert kept.get("a") is None
    kept.follow("a", "second", "third")
    assert kept.get("a") is None and len(kept) == 0
