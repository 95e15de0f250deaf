"""Which network address a request comes from, when proxies stand in between."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address


def client_address(peer: str, forwarded: str, proxies: Sequence[IPv4Network | IPv6Network]) -> str:
    """The last address of the chain `X-Forwarded-For`, peer at its end, that is not a trusted proxy.

    Whatever a client writes in front of that is not believed, so that it cannot choose its own address.
    """
    chain = [*(part.strip() for part in forwarded.split(",") if part.strip()), peer]
    for address in reversed(chain):
        if not _trusted(address, proxies):
            return address if _valid(address) else peer
    return chain[0]


def _trusted(address: str, proxies: Sequence[IPv4Network | IPv6Network]) -> bool:
    return _valid(address) and any(ip_address(address) in network for network in proxies)


def _valid(address: str) -> bool:
    try:
        ip_address(address)
    except ValueError:
        return False
    return True
