"""A digest covers all of a row and all before it, and needs the key."""

import pytest

from chatmarket.privacy.chain import START, AuditKeys, canonical

ROW = {"seq": 1, "id": 4, "brand": 2, "actor": 3, "action": "reveal", "chat": None, "facts": {"a": 1, "b": "é"}}


def test_a_digest_changes_with_every_fact_with_what_came_before_and_with_the_key() -> None:
    keys = AuditKeys({"new": b"n" * 32, "old": b"o" * 32})
    right = keys.digest("new", ROW, START)
    assert keys.current == "new" and right == keys.digest("new", dict(reversed(ROW.items())), START)
    others = [keys.digest("old", ROW, START), keys.digest("new", ROW, right)]
    others += [keys.digest("new", {**ROW, name: "other"}, START) for name in ROW]
    assert len({right, *others}) == len(others) + 1
    assert b"n" * 8 not in repr(keys).encode()


def test_a_head_is_sealed_for_its_brand_its_place_and_its_digest() -> None:
    keys = AuditKeys({"a": b"a" * 32})
    seals = [keys.seal("a", brand, seq, digest) for brand in (1, 2) for seq in (1, 2) for digest in (b"x", b"y")]
    assert len(set(seals)) == 8


def test_a_key_that_is_not_here_is_said() -> None:
    with pytest.raises(KeyError):
        AuditKeys({"a": b"a" * 32}).digest("b", ROW, START)


def test_equal_facts_have_one_spelling() -> None:
    assert canonical({"b": [1, None], "a": "ñ"}) == b'{"a":"\\u00f1","b":[1,null]}'
