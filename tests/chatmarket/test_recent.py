"""The last used is kept, the longest unused makes room."""

from chatmarket.recent import Recent


def test_the_longest_unused_makes_room() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    assert recent.get("a") == 1
    recent.put("c", 3)
    assert (recent.get("a"), recent.get("b"), recent.get("c"), len(recent)) == (1, None, 3, 2)
    recent.put("a", 4)
    recent.put("d", 5)
    assert (recent.get("a"), recent.get("c")) == (4, None)
    recent.drop("a")
    recent.drop("a")
    assert recent.get("a") is None and len(recent) == 1
