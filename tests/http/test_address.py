from __future__ import annotations

from ipaddress import ip_network

from galleria.core.http.address import client_address

PROXIES = (ip_network("10.0.0.0/8"),)


def test_without_trusted_proxies_the_header_is_not_believed():
    """A client cannot choose its own address."""
    assert client_address("198.51.100.7", "203.0.113.9", ()) == "198.51.100.7"


def test_the_last_untrusted_hop_counts():
    """What the client wrote in front of its proxy's entry is ignored."""
    assert client_address("10.0.0.2", "1.1.1.1, 203.0.113.9, 10.0.0.1", PROXIES) == "203.0.113.9"


def test_nonsense_in_the_header_falls_back_to_the_peer():
    """An entry that is no address is not used as one."""
    assert client_address("10.0.0.2", "<script>", PROXIES) == "10.0.0.2"
