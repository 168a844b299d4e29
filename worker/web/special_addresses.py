"""The IP address blocks that are not public: a table kept here, since Python's are out of date.

`ipaddress` has the tables of the day of its release: in 3.11.7 and 3.12.1 nearly all of
192.0.0.0/24 is public, where a cloud provider keeps its metadata.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

__all__ = ["SPECIAL_BLOCKS", "AddressBlock", "special_purpose"]


@dataclass(frozen=True, slots=True)
class AddressBlock:
    """A block of addresses outside the public internet, under its registered name."""

    network: IPv4Network | IPv6Network
    name: str
    source: str


# Source: IANA's registries "IPv4 Special-Purpose Address Space" and "IPv6 Special-Purpose Address
# Space", whose names and RFCs these are, and its registries of multicast, site-local and
# unallocated addresses.
#
# The registries mark some of these as globally reachable: AS112, AMT, ORCHIDv2, DETs, and within
# their blocks the anycast addresses of PCP, TURN and SRP (192.0.0.9 and .10, 2001:1::1 to ::3).
# They are refused all the same. An anycast address is answered by the nearest server, which may be
# inside our own network; ORCHIDs and DETs are identifiers; and no feed is published at any of them.
SPECIAL_BLOCKS = tuple(
    AddressBlock(ip_network(network), name, source)
    for network, name, source in (
        ("0.0.0.0/8", "This network", "RFC 791"),
        ("10.0.0.0/8", "Private-Use", "RFC 1918"),
        ("100.64.0.0/10", "Shared Address Space", "RFC 6598"),
        ("127.0.0.0/8", "Loopback", "RFC 1122"),
        # Not IANA's: looks public, but Azure's own host answers there, from inside Azure only.
        ("168.63.129.16/32", "Azure's platform", "Azure's manual"),
        ("169.254.0.0/16", "Link Local", "RFC 3927"),
        ("172.16.0.0/12", "Private-Use", "RFC 1918"),
        ("192.0.0.0/24", "IETF Protocol Assignments", "RFC 6890"),
        ("192.0.2.0/24", "Documentation (TEST-NET-1)", "RFC 5737"),
        ("192.31.196.0/24", "AS112-v4", "RFC 7535"),
        ("192.52.193.0/24", "AMT", "RFC 7450"),
        ("192.88.99.0/24", "Deprecated (6to4 Relay Anycast)", "RFC 7526"),
        ("192.168.0.0/16", "Private-Use", "RFC 1918"),
        ("192.175.48.0/24", "Direct Delegation AS112 Service", "RFC 7534"),
        ("198.18.0.0/15", "Benchmarking", "RFC 2544"),
        ("198.51.100.0/24", "Documentation (TEST-NET-2)", "RFC 5737"),
        ("203.0.113.0/24", "Documentation (TEST-NET-3)", "RFC 5737"),
        ("224.0.0.0/4", "Multicast", "RFC 5771"),
        ("255.255.255.255/32", "Limited Broadcast", "RFC 919"),
        ("240.0.0.0/4", "Reserved", "RFC 1112"),
        ("::1/128", "Loopback Address", "RFC 4291"),
        ("::/128", "Unspecified Address", "RFC 4291"),
        ("::/96", "IPv4-Compatible Addresses", "RFC 4291"),
        ("::ffff:0:0:0/96", "IPv4-Translated Addresses", "RFC 2765"),
        ("64:ff9b:1::/48", "IPv4-IPv6 Translat.", "RFC 8215"),
        ("100::/64", "Discard-Only Address Block", "RFC 6666"),
        ("100:0:0:1::/64", "Dummy IPv6 Prefix", "RFC 9780"),
        ("2001::/32", "TEREDO", "RFC 4380"),
        ("2001:2::/48", "Benchmarking", "RFC 5180"),
        ("2001:3::/32", "AMT", "RFC 7450"),
        ("2001:4:112::/48", "AS112-v6", "RFC 7535"),
        ("2001:10::/28", "Deprecated (previously ORCHID)", "RFC 4843"),
        ("2001:20::/28", "ORCHIDv2", "RFC 7343"),
        ("2001:30::/28", "Drone Remote ID Protocol Entity Tags (DETs) Prefix", "RFC 9374"),
        ("2001::/23", "IETF Protocol Assignments", "RFC 2928"),
        ("2001:db8::/32", "Documentation", "RFC 3849"),
        ("2620:4f:8000::/48", "Direct Delegation AS112 Service", "RFC 7534"),
        ("3fff::/20", "Documentation", "RFC 9637"),
        ("5f00::/16", "Segment Routing (SRv6) SIDs", "RFC 9602"),
        ("fc00::/7", "Unique-Local", "RFC 4193"),
        ("fe80::/10", "Link-Local Unicast", "RFC 4291"),
        ("fec0::/10", "Deprecated (Site-Local Unicast)", "RFC 3879"),
        ("ff00::/8", "Multicast", "RFC 4291"),
        # The rest outside of 2000::/3, the only part that IANA allocates as global unicast.
        ("::/3", "Reserved by IETF", "RFC 4291"),
        ("4000::/2", "Reserved by IETF", "RFC 4291"),
        ("8000::/1", "Reserved by IETF", "RFC 4291"),
    )
)
"""A smaller block comes before the block around it: the first match names an address."""

_INSTEAD = (
    IPv6Network("::ffff:0:0/96"),  # IPv4-mapped: the system itself speaks IPv4 there. RFC 4291
    IPv6Network("64:ff9b::/96"),  # NAT64, which an IPv6-only machine is given by DNS64. RFC 6052
)
"""Networks whose addresses stand for the IPv4 address in their last 32 bits."""

_6TO4 = IPv6Network("2002::/16")  # RFC 3056
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})  # RFC 5214


def special_purpose(address: IPv4Address | IPv6Address) -> str:
    """Return the special purpose of an address that is not public; "" for a public address.

    An IPv6 address that carries an IPv4 address (mapped, NAT64, 6to4, ISATAP) is no more public
    than the IPv4 address.

    >>> special_purpose(IPv4Address("93.184.215.14"))
    ''
    >>> special_purpose(IPv6Address("::ffff:192.0.0.192"))
    'IETF Protocol Assignments, RFC 6890'
    """
    if isinstance(address, IPv6Address) and address.scope_id:
        return "an address of one link, RFC 4007"
    for destination in _destinations(address):
        for block in SPECIAL_BLOCKS:
            if destination in block.network:
                return f"{block.name}, {block.source}"
    return ""


def _destinations(address: IPv4Address | IPv6Address) -> tuple[IPv4Address | IPv6Address, ...]:
    """Return the addresses at which packets to this address may end up."""
    if isinstance(address, IPv4Address):
        return (address,)
    bits = int(address)
    last = IPv4Address(bits & 0xFFFF_FFFF)
    if any(address in network for network in _INSTEAD):
        return (last,)
    is_isatap = bits >> 32 & 0xFFFF_FFFF in _ISATAP
    in_6to4 = (IPv4Address(bits >> 80 & 0xFFFF_FFFF),) if address in _6TO4 else ()
    return (address, *in_6to4, *((last,) if is_isatap else ()))
