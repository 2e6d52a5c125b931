"""A URL leads to one server, to the master sentinels know, or to a cluster; or says in a sentence why it does not."""

import pytest

from realtime.address import BadAddress, Cluster, Sentinels, Single, read_address, slot_of
from realtime.resp import Login, Place


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://localhost", Single(Login(), Place("localhost"))),
        ("redis://h:7000/3", Single(Login(db=3), Place("h", 7000))),
        ("redis://:a%2Fb%40c@h", Single(Login(password="a/b@c"), Place("h"))),
        ("redis://me:pass@[::1]:7/2?db=4", Single(Login("me", "pass", 4), Place("::1", 7))),
        ("unix:///a%20b/c.sock?db=1", Single(Login(db=1), Place(path="/a b/c.sock"))),
        ("unix://me:pass@/c.sock", Single(Login("me", "pass"), Place(path="/c.sock"))),
        ("unix:///c.sock?password=p%26q", Single(Login(password="p&q"), Place(path="/c.sock"))),
        (
            "redis+sentinel://me:pass@a,b:2/main?db=1&sentinel_username=s&sentinel_password=t",
            Sentinels(Login("me", "pass", 1), (Place("a", 26379), Place("b", 2)), Login("s", "t"), "main"),
        ),
        ("redis+cluster://:p@a,b:7000", Cluster(Login(password="p"), (Place("a"), Place("b", 7000)))),
    ],
)
def test_an_address_is_read(url, address):
    assert read_address(url) == address


@pytest.mark.parametrize("url", ["rediss://h", "rediss+sentinel://h/main", "rediss+cluster://h"])
def test_a_second_s_means_tls_everywhere(url):
    address = read_address(url)
    places = [address.place] if isinstance(address, Single) else address.places
    assert all(place.tls and place.tls.check_hostname for place in places)
    careless = read_address(f"{url}?ssl_cert_reqs=none")
    places = [careless.place] if isinstance(careless, Single) else careless.places
    assert all(place.tls and not place.tls.check_hostname for place in places)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://h", "starts with none of"),
        ("h:6379", "starts with none of"),
        ("redis://", "names no host"),
        ("redis://a,b", "names several hosts"),
        ("redis://secret@h:port", "cannot be read"),
        ("redis://h:99999", "cannot be read"),
        ("redis://h/secret", "cannot be read"),
        ("redis://h/-1", "below 0"),
        ("redis://[h", "cannot be read"),
        ("redis://h?pasword=secret", "has an option that is none of"),
        ("unix://", "names no socket"),
        ("redis+sentinel://h", "no master"),
        ("redis+sentinel://h/a/secret", "no master"),
        ("redis+cluster://h/1", "only one"),
        ("redis+cluster://h,", "names no host"),
        ("rediss://h?ssl_ca_certs=/nowhere/secret", "cannot be read"),
    ],
)
def test_a_url_that_leads_nowhere_says_why_and_no_secret(url, why):
    with pytest.raises(BadAddress, match=why) as bad:
        read_address(url)
    assert "secret" not in str(bad.value)


def test_slots_are_those_of_every_cluster():
    # https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/: 123456789 has CRC16 0x31C3
    assert slot_of("123456789") == 0x31C3 % 16384
    assert slot_of("a{123456789}b") == slot_of("{123456789}:c") == slot_of("123456789")
    assert slot_of("{}x") != slot_of("") and slot_of("a{b") != slot_of("b")
