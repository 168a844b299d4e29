"""The addresses that are not public: every block, alone and inside addresses that carry it."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest

from worker.web.special_addresses import SPECIAL_BLOCKS, special_purpose

BLOCKS = [
    # block, its name, and which of the addresses just outside of it are public
    ("0.0.0.0/8", "This network", "above"),
    ("10.0.0.0/8", "Private-Use", "both"),
    ("100.64.0.0/10", "Shared Address Space", "both"),
    ("127.0.0.0/8", "Loopback", "both"),
    ("168.63.129.16/32", "Azure's platform", "both"),
    ("169.254.0.0/16", "Link Local", "both"),
    ("172.16.0.0/12", "Private-Use", "both"),
    ("192.0.0.0/24", "IETF Protocol Assignments", "both"),
    ("192.0.2.0/24", "Documentation (TEST-NET-1)", "both"),
    ("192.31.196.0/24", "AS112-v4", "both"),
    ("192.52.193.0/24", "AMT", "both"),
    ("192.88.99.0/24", "Deprecated (6to4 Relay Anycast)", "both"),
    ("192.168.0.0/16", "Private-Use", "both"),
    ("192.175.48.0/24", "Direct Delegation AS112 Service", "both"),
    ("198.18.0.0/15", "Benchmarking", "both"),
    ("198.51.100.0/24", "Documentation (TEST-NET-2)", "both"),
    ("203.0.113.0/24", "Documentation (TEST-NET-3)", "both"),
    ("224.0.0.0/4", "Multicast", "below"),
    ("240.0.0.0/4", "Reserved", "neither"),
    ("255.255.255.255/32", "Limited Broadcast", "neither"),
    ("::/128", "Unspecified Address", "neither"),
    ("::1/128", "Loopback Address", "neither"),
    ("::/96", "IPv4-Compatible Addresses", "neither"),
    ("::ffff:0:0:0/96", "IPv4-Translated Addresses", "neither"),
    ("64:ff9b:1::/48", "IPv4-IPv6 Translat.", "neither"),
    ("100::/64", "Discard-Only Address Block", "neither"),
    ("100:0:0:1::/64", "Dummy IPv6 Prefix", "neither"),
    ("2001::/23", "IETF Protocol Assignments", "both"),
    ("2001::/32", "TEREDO", "below"),
    ("2001:2::/48", "Benchmarking", "neither"),
    ("2001:3::/32", "AMT", "neither"),
    ("2001:4:112::/48", "AS112-v6", "neither"),
    ("2001:10::/28", "Deprecated (previously ORCHID)", "neither"),
    ("2001:20::/28", "ORCHIDv2", "neither"),
    ("2001:30::/28", "Drone Remote ID Protocol Entity Tags (DETs) Prefix", "neither"),
    ("2001:db8::/32", "Documentation", "both"),
    ("2620:4f:8000::/48", "Direct Delegation AS112 Service", "both"),
    ("3fff::/20", "Documentation", "both"),
    ("5f00::/16", "Segment Routing (SRv6) SIDs", "neither"),
    ("fc00::/7", "Unique-Local", "neither"),
    ("fe80::/10", "Link-Local Unicast", "neither"),
    ("fec0::/10", "Deprecated (Site-Local Unicast)", "neither"),
    ("ff00::/8", "Multicast", "neither"),
    ("::/3", "Reserved by IETF", "above"),
    ("4000::/2", "Reserved by IETF", "below"),
    ("8000::/1", "Reserved by IETF", "neither"),
]

WITHIN = [
    # rows of the registries that lie in a block which is refused whole
    ("192.0.0.0/29", "IPv4 Service Continuity Prefix"),
    ("192.0.0.8/32", "IPv4 dummy address"),
    ("192.0.0.9/32", "Port Control Protocol Anycast"),
    ("192.0.0.10/32", "Traversal Using Relays around NAT Anycast"),
    ("192.0.0.170/31", "NAT64/DNS64 Discovery"),
    ("192.0.0.192/32", "a cloud's metadata, in no registry"),
    ("192.88.99.2/32", "6a44-relay anycast address"),
    ("2001:1::1/128", "Port Control Protocol Anycast"),
    ("2001:1::2/128", "Traversal Using Relays around NAT Anycast"),
    ("2001:1::3/128", "DNS-SD Service Registration Protocol Anycast"),
]

CARRIERS = {
    "mapped": lambda v4: IPv6Address(f"::ffff:{v4}"),
    "nat64": lambda v4: IPv6Address(f"64:ff9b::{v4}"),
    "6to4": lambda v4: IPv6Address(0x2002 << 112 | int(v4) << 80 | 1),
    "isatap": lambda v4: IPv6Address(f"2a00:1450:4001:800:0:5efe:{v4}"),
    "isatap-global": lambda v4: IPv6Address(f"2a00:1450:4001:800:200:5efe:{v4}"),
    "isatap-in-6to4": lambda v4: IPv6Address(f"2002:808:808:1:0:5efe:{v4}"),
}
"""Each is as public as the IPv4 address in it."""

DEAD_ENDS = {
    "compatible": lambda v4: IPv6Address(f"::{v4}"),
    "translated": lambda v4: IPv6Address(f"::ffff:0:{v4}"),
    "nat64-local": lambda v4: IPv6Address(f"64:ff9b:1::{v4}"),
    "nat64-local-48": lambda v4: IPv6Address(
        0x64FF9B0001 << 80 | int(v4) >> 16 << 64 | (int(v4) & 0xFFFF) << 40
    ),
    "teredo-client": lambda v4: IPv6Address(
        0x2001 << 112 | int(IPv4Address("8.8.8.8")) << 64 | int(v4) ^ 0xFFFFFFFF
    ),
    "teredo-server": lambda v4: IPv6Address(
        0x2001 << 112 | int(v4) << 64 | int(IPv4Address("8.8.8.8")) ^ 0xFFFFFFFF
    ),
    "isatap-in-link-local": lambda v4: IPv6Address(f"fe80::5efe:{v4}"),
}
"""None is public, whatever the IPv4 address in it."""

V4_BLOCKS = [row for row in BLOCKS if ":" not in row[0]]
V4_WITHIN = [row for row in WITHIN if ":" not in row[0]]


def is_public(address):
    return not special_purpose(address)


def inside(block):
    """Return the first, the middle and the last address of a block."""
    network = ip_network(block)
    return network[0], network[network.num_addresses // 2], network[-1]


def outside(block):
    """Return the addresses just below and just above a block, by those words, if they exist."""
    network = ip_network(block)
    first, last = int(network[0]), int(network[-1])
    kind = type(network[0])
    found = {}
    if first > 0:
        found["below"] = kind(first - 1)
    if last < 2**network.max_prefixlen - 1:
        found["above"] = kind(last + 1)
    return found


def public_sides(block, through=lambda address: address):
    """Return the public addresses just outside of a block: both, below, above or neither."""
    sides = [side for side, address in outside(block).items() if is_public(through(address))]
    return "both" if len(sides) == 2 else sides[0] if sides else "neither"


def test_no_block_of_the_table_is_untried():
    assert {str(block.network) for block in SPECIAL_BLOCKS} == {block for block, _, _ in BLOCKS}
    assert len(SPECIAL_BLOCKS) == len(BLOCKS)
    assert all(block.source for block in SPECIAL_BLOCKS)


@pytest.mark.parametrize(("block", "name", "sides"), BLOCKS, ids=[row[0] for row in BLOCKS])
def test_a_block_is_refused_by_its_name_up_to_its_edges(block, name, sides):
    first, middle, last = inside(block)
    assert [is_public(one) for one in (first, middle, last)] == [False] * 3
    assert special_purpose(middle).startswith(f"{name}, ")
    assert public_sides(block) == sides


@pytest.mark.parametrize(("block", "why"), WITHIN, ids=[row[0] for row in WITHIN])
def test_what_lies_in_a_block_is_refused_with_it(block, why):
    assert not any(map(is_public, inside(block))), why


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize(("block", "name", "sides"), V4_BLOCKS, ids=[row[0] for row in V4_BLOCKS])
def test_an_ipv4_address_inside_another_is_as_public_as_alone(block, name, sides, carrier):
    put = CARRIERS[carrier]
    assert not any(is_public(put(one)) for one in inside(block))
    assert special_purpose(put(inside(block)[1])).startswith(f"{name}, ")
    assert public_sides(block, put) == sides


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize(("block", "why"), V4_WITHIN, ids=[row[0] for row in V4_WITHIN])
def test_so_is_what_lies_in_a_block(block, why, carrier):
    assert not any(is_public(CARRIERS[carrier](one)) for one in inside(block)), why


@pytest.mark.parametrize("form", DEAD_ENDS)
def test_other_forms_that_hold_an_ipv4_address_are_never_public(form):
    held = [one for block, *_ in V4_BLOCKS for one in (*inside(block), *outside(block).values())]
    assert not any(is_public(DEAD_ENDS[form](one)) for one in (*held, IPv4Address("8.8.8.8")))


@pytest.mark.parametrize(
    "address",
    [
        "93.184.215.14",
        "8.8.8.8",
        "192.0.1.1",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2606:4700::1111",
        "64:ff9b::8.8.8.8",
        "::ffff:8.8.8.8",
        "2002:808:808::1",
        "2a00:1450:4001:800:0:5efe:808:808",
    ],
)
def test_an_address_of_the_internet_is_public(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::8.8.8.8",
        "::ffff:127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::8.8.8.8",
        "2001:0:7f00:1:0:0:f7f7:f7f7",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2a00:1450:4001:800:0:5efe:a00:1",
        "3fff::1",
        "fc00::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_every_other_address_is_not(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["2606:4700::1111%eth0", "::ffff:8.8.8.8%2", "fe80::1%lo"])
def test_an_address_with_a_zone_is_one_of_a_link(address):
    assert special_purpose(ip_address(address)) == "an address of one link, RFC 4007"
