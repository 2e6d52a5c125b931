"""Values open only with the right key in the right place; keys rotate; equal values are told within one brand."""

import pytest

from chatmarket.privacy import vault
from chatmarket.privacy.keys import Keyring, UnknownKey, Unreadable, new_key
from chatmarket.privacy.segments import Kind

PLACE = {"brand": 1, "customer": 2, "chat": 3, "kind": Kind.EMAIL, "n": 4}
OLD, NEW = bytes(range(32)), bytes(range(32, 64))


def test_a_sealed_value_opens_in_its_place():
    key = new_key()
    for value in ("ana@lumen.es", "", "ñ😀", "\ud800"):
        assert vault.open_(key, vault.seal(key, value, **PLACE), **PLACE) == value


def test_the_same_value_is_sealed_differently_each_time_and_never_readable():
    key = new_key()
    one, other = vault.seal(key, "ana@lumen.es", **PLACE), vault.seal(key, "ana@lumen.es", **PLACE)
    assert one != other
    assert b"ana" not in one
    assert len(one) == 12 + len("ana@lumen.es") + 16


@pytest.mark.parametrize("other", [{"brand": 9}, {"customer": 9}, {"chat": 9}, {"kind": Kind.PHONE}, {"n": 9}])
def test_a_value_moved_to_another_place_does_not_open(other):
    key = new_key()
    with pytest.raises(Unreadable):
        vault.open_(key, vault.seal(key, "ana@lumen.es", **PLACE), **(PLACE | other))


@pytest.mark.parametrize("other", [{"brand": 9}, {"customer": 9}, {"chat": 9}, {"seq": 9}])
def test_an_experts_reading_opens_at_its_message_only(other):
    key, place = new_key(), {"brand": 1, "customer": 2, "chat": 3, "seq": 4}
    sealed = vault.seal_reading(key, "is it 4444?", **place)
    assert vault.open_reading(key, sealed, **place) == "is it 4444?"
    with pytest.raises(Unreadable):
        vault.open_reading(key, sealed, **(place | other))


def test_a_changed_or_cut_value_or_another_key_does_not_open():
    key = new_key()
    sealed = vault.seal(key, "ana@lumen.es", **PLACE)
    for broken in (sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:11], b""):
        with pytest.raises(Unreadable):
            vault.open_(key, broken, **PLACE)
    with pytest.raises(Unreadable):
        vault.open_(new_key(), sealed, **PLACE)


def test_a_customer_key_opens_only_for_its_customer_and_brand():
    brand_key, key = new_key(), new_key()
    wrapped = vault.wrap_customer_key(brand_key, key, brand=1, customer=2)
    assert vault.unwrap_customer_key(brand_key, wrapped, brand=1, customer=2) == key
    for brand, customer in ((1, 3), (2, 2)):
        with pytest.raises(Unreadable):
            vault.unwrap_customer_key(brand_key, wrapped, brand=brand, customer=customer)


def test_keys_rotate_without_touching_a_value():
    brand_key = new_key()
    kek, wrapped = Keyring({"2025": OLD}, current="2025").wrap(brand_key, brand=1)
    both = Keyring({"2026": NEW, "2025": OLD}, current="2026")
    assert both.unwrap(kek, wrapped, brand=1) == brand_key
    kek, wrapped = both.rewrap(kek, wrapped, brand=1)
    assert kek == "2026"
    assert Keyring({"2026": NEW}, current="2026").unwrap(kek, wrapped, brand=1) == brand_key


def test_a_brand_key_of_another_brand_or_an_unknown_kek_is_refused():
    ring = Keyring({"2025": OLD}, current="2025")
    kek, wrapped = ring.wrap(new_key(), brand=1)
    with pytest.raises(Unreadable):
        ring.unwrap(kek, wrapped, brand=2)
    with pytest.raises(UnknownKey):
        ring.unwrap("2024", wrapped, brand=1)


def test_a_keyring_wants_whole_keys_and_shows_none():
    with pytest.raises(ValueError, match="is not among"):
        Keyring({"2025": OLD}, current="2026")
    with pytest.raises(ValueError, match="needs 32"):
        Keyring({"2025": b"short"}, current="2025")
    assert repr(Keyring({"2025": OLD}, current="2025")) == "Keyring(2025; current 2025)"


def test_equal_values_have_equal_marks_within_a_brand_only():
    one, other = new_key(), new_key()
    mark = vault.index(one, Kind.PHONE, "654321098")
    assert mark is not None
    assert len(mark) == 16
    assert vault.index(one, Kind.PHONE, "654321098") == mark
    assert vault.index(one, Kind.NUMBER, "654321098") != mark
    assert vault.index(other, Kind.PHONE, "654321098") != mark


@pytest.mark.parametrize(
    ("kind", "canonical"),
    [(Kind.PIN, "48219999"), (Kind.BIRTHDATE, "05031984"), (Kind.POSTCODE, "sw1a 1aa"), (Kind.KNOWN, "4821")],
)
def test_values_that_could_be_listed_have_no_mark(kind, canonical):
    assert vault.index(new_key(), kind, canonical) is None


def test_no_key_of_a_customer_is_remembered_here():
    key = new_key()
    assert vault.fingerprint(vault.message_key(key), "hello") == vault.fingerprint(vault.message_key(key), "hello")
    assert not hasattr(vault.message_key, "cache_info"), "it would outlive the key's erasure"
