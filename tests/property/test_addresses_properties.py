"""The table alone decides if an address is public, whatever other address carries it."""

from ipaddress import IPv4Address, IPv6Address

from hypothesis import given
from hypothesis import strategies as st

from worker.web.special_addresses import SPECIAL_BLOCKS, special_purpose

EDGES = {
    version: sorted(
        edge + step
        for block in SPECIAL_BLOCKS
        if block.network.version == version
        for edge in (int(block.network[0]), int(block.network[-1]))
        for step in (-1, 0, 1)
        if 0 <= edge + step < 2**block.network.max_prefixlen
    )
    for version in (4, 6)
}
V4 = st.integers(0, 2**32 - 1) | st.sampled_from(EDGES[4])
V6 = st.integers(0, 2**128 - 1) | st.integers(2**125, 2**126 - 1) | st.sampled_from(EDGES[6])
PREFIXES = st.integers(0x2A00 << 48, 0x2A01 << 48)
"""The first 64 bits of networks that are public."""


def is_listed(version, bits):
    """True for a listed address, found by comparing numbers instead of networks."""
    return any(
        block.network.version == version and int(block.network[0]) <= bits <= int(block.network[-1])
        for block in SPECIAL_BLOCKS
    )


def is_public(address):
    return not special_purpose(address)


def carries_ipv4(bits):
    in_place = bits >> 32 in {0xFFFF, 0x64FF9B << 64}
    return in_place or bits >> 112 == 0x2002 or bits >> 32 & 0xFDFFFFFF == 0x5EFE


@given(V4)
def test_an_ipv4_address_is_public_where_the_table_does_not_have_it(bits):
    assert is_public(IPv4Address(bits)) == (not is_listed(4, bits))


@given(V6.filter(lambda bits: not carries_ipv4(bits)))
def test_so_is_an_ipv6_address_that_carries_no_other(bits):
    assert is_public(IPv6Address(bits)) == (not is_listed(6, bits))
    if bits >> 125 != 1:
        assert not is_public(IPv6Address(bits)), "outside of global unicast, 2000::/3"


@given(V4, PREFIXES, st.integers(0, 2**80 - 1), st.booleans())
def test_an_address_that_carries_an_ipv4_one_is_as_public_as_that(bits, prefix, rest, is_global):
    isatap = 0x0200_5EFE if is_global else 0x5EFE
    carriers = (
        0xFFFF << 32 | bits,
        0x64FF9B << 96 | bits,
        prefix << 64 | isatap << 32 | bits,
        0x2002 << 112 | bits << 80 | rest & ~(0xFFFF << 32),
    )
    for carrier in carriers:
        assert is_public(IPv6Address(carrier)) == (not is_listed(4, bits)), IPv6Address(carrier)


@given(V4, V4, st.integers(0, 2**80 - 1))
def test_both_addresses_of_a_carrier_of_two_count(outer, inner, rest):
    address = IPv6Address(0x2002 << 112 | outer << 80 | (rest >> 64 << 64) | 0x5EFE << 32 | inner)
    assert is_public(address) == (not is_listed(4, outer) and not is_listed(4, inner))


@given(V4, st.integers(0, 2**64 - 1))
def test_tunnels_and_translators_of_a_network_of_ones_own_lead_nowhere(bits, rest):
    for carrier in (
        bits,  # IPv4-compatible
        0xFFFF << 48 | bits,  # IPv4-translated
        0x64FF9B0001 << 80 | rest << 32 & (2**80 - 1) | bits,  # NAT64 for local use
        0x2001 << 112 | bits << 64 | rest,  # Teredo: the server
        0x2001 << 112 | rest << 32 & (2**96 - 1) | bits ^ 0xFFFFFFFF,  # Teredo: the client
    ):
        assert not is_public(IPv6Address(carrier)), IPv6Address(carrier)
