"""Whose an address is."""

from ipaddress import IPv6Address, ip_address

#: A page or a proxy on this very machine. Neither tells who is behind it, so neither is counted as one visitor.
OURSELVES = frozenset({"", "127.0.0.1", "::1"})


def household(address: str) -> str:
    """What one client may change its address within: whoever has one IPv6 address has 2**64 of them."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is None:
            return str(IPv6Address(int(found) >> 64 << 64)) if not found.is_loopback else str(found)
        return str(found.ipv4_mapped)
    return str(found)
