"""Which internet addresses are public, in every form that hides another address in it."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

IPAddress = IPv4Address | IPv6Address

_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_TUNNELS = tuple(IPv6Network(one) for one in ("2002::/16", "2001::/32"))  # 6to4, Teredo: nobody serves pages there
_ISATAP = (0x00005EFE, 0x02005EFE)
_NAMED = frozenset({IPv4Address("168.63.129.16")})
"""Of Azure's own service to its machines: the one place of its sort that stands among public addresses."""
_RESERVED = tuple(ip_network(one) for one in ("0.0.0.0/8", "192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4"))


def is_public(address: IPAddress) -> bool:
    """Whether a page at the address is there for everybody, and not for this machine or its neighbours alone.

    Private, loopback, link-local, multicast, carrier and metadata addresses are not, nor are IPv6 forms of them.
    """
    if isinstance(address, IPv4Address):
        special = address.is_multicast or address in _NAMED or any(address in one for one in _RESERVED)
        return address.is_global and not special
    if address.scope_id is not None:
        return False
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    if address not in _UNICAST or any(address in one for one in _TUNNELS):
        return False
    return address.is_global and ((int(address) >> 32) & 0xFFFFFFFF) not in _ISATAP


def read_address(text: str) -> IPAddress | None:
    """The address that the text is, written in the usual way; None where it is a name."""
    try:
        return ip_address(text)
    except ValueError:
        return None
