"""Whom a limit counts: nobody walks around it by a header, a port or another spelling, and nobody is counted
as everybody.
"""

import pytest

from tsuzuki.http.addresses import client_ip, is_public, site_of


def test_what_the_client_made_up_counts_for_nothing():
    assert client_ip("198.51.100.7", "203.0.113.9, 192.0.2.1", 0) == "198.51.100.7"
    assert client_ip("10.0.0.1", "6.6.6.6, 203.0.113.9", 1) == "203.0.113.9"
    assert client_ip("10.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.2", 2) == "203.0.113.9"
    # Fewer than our proxies write: it did not come through them.
    assert client_ip("10.0.0.1", "203.0.113.9", 2) == "10.0.0.1"


@pytest.mark.parametrize(
    "seen",
    ["203.0.113.9:50123", "203.0.113.9:50124", "::ffff:203.0.113.9", "::ffff:cb00:7109", " 203.0.113.9 "],
)
def test_one_visitor_is_one_however_a_proxy_spells_him(seen):
    assert client_ip("10.0.0.1", seen, 1) == "203.0.113.9"


@pytest.mark.parametrize(
    "seen",
    [
        "2001:db8:1::1",
        "2001:db8:1:0:aaaa:bbbb:cccc:dddd",
        "2001:DB8:1::2",
        "[2001:db8:1::3]:443",
        "[2001:db8:1::3]",
        "2001:db8:1::4%eth0",
    ],
)
def test_a_subscriber_of_ipv6_is_one_in_all_of_his_addresses(seen):
    assert client_ip(seen, "", 0) == "2001:db8:1::"


def test_two_visitors_of_a_server_that_listens_on_both_kinds_are_two():
    assert client_ip("::ffff:198.51.100.1", "", 0) != client_ip("::ffff:198.51.100.2", "", 0)
    assert client_ip("2001:db8:0:1::1", "", 0) != client_ip("2001:db8:0:2::1", "", 0)


def test_what_is_no_address_still_has_a_name():
    assert client_ip("unix", "", 0) == "unix"
    assert client_ip("", "unknown", 1) == "unknown"


def test_the_network_around_a_subscriber_of_ipv6():
    assert site_of(client_ip("2001:db8:1:2::9", "", 0)) == "2001:db8:1::/48"
    assert site_of("2001:db8:1:ffff::") == site_of("2001:db8:1::") != site_of("2001:db8:2::")
    assert [site_of(one) for one in ("203.0.113.9", "unix", "")] == ["", "", ""]


@pytest.mark.parametrize(
    "text",
    ["fec0::1", "feff:ffff::1", "fc00::1", "fe80::1", "ff02::1", "::1", "64:ff9b::a00:1", "::ffff:10.0.0.1"],
)
def test_what_is_of_no_public_network(text):
    assert not is_public(text)
    assert is_public("2606:4700::1111")


@pytest.mark.parametrize(
    "text", ["192.0.0.8", "192.0.0.200", "192.88.99.1", "3fff::1", "2002:c000:8::", "64:ff9b::c000:8"]
)
def test_what_an_older_python_takes_for_public(text):
    assert not is_public(text)
