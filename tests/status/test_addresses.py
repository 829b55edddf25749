"""Which addresses a live check may connect to, and which are this machine: every notation of one and the same address."""

from __future__ import annotations

import ipaddress

import pytest

from keylint.status.addresses import is_loopback, is_public

PUBLIC = (
    "1.1.1.1", "8.8.8.8", "52.94.236.248", "192.88.98.255", "192.88.100.0", "168.63.129.15", "168.63.129.17",
    "2606:4700:4700::1111", "2a00:1450:4001:800::200e", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "::ffff:0:808:808",
    "2002:808:808::1",
)  # fmt: skip
NOT_PUBLIC = (
    # This machine and the local network.
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.1.1", "100.64.0.1",
    "::1", "::", "fe80::1", "fc00::1", "fd12:3456::1", "fec0::1",
    # Who answers machines of a cloud about themselves.
    "169.254.169.254", "169.254.170.2", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254",
    # For documentation, tests and nobody.
    "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "240.0.0.1", "255.255.255.255", "224.0.0.1", "192.88.99.1",
    "192.0.0.8", "2001:db8::1", "3fff::1", "5f00::1", "100::1", "100:0:0:1::1", "ff02::1", "ff0e::1",
    # IPv4 inside IPv6: mapped, compatible, translated, 6to4, Teredo, ISATAP.
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:168.63.129.16", "::127.0.0.1", "::a00:1",
    "::ffff:0:7f00:1", "::ffff:0:a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b::a83f:8110", "64:ff9b:1::1", "2002:7f00:1::1",
    "2002:c058:6301::1", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2606:4700::5efe:7f00:1", "2606:4700:0:0:200:5efe:a00:1",
    "fe80::5efe:808:808",
)  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_of_the_public_internet(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_not_of_the_public_internet(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_machine(address: str) -> None:
    assert is_loopback(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["64:ff9b::7f00:1", "2002:7f00:1::1", "::ffff:0:7f00:1", "0.0.0.0", "::", "10.0.0.1"]
)
def test_a_tunnel_to_it_is_not(address: str) -> None:
    assert not is_loopback(ipaddress.ip_address(address))
