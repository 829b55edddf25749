"""Which addresses are of the public Internet, and which a name has."""

from __future__ import annotations

import ipaddress
import socket
import threading

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NOT_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        (
            "192.0.0.0/24", "192.88.99.0/24", "::/96", "64:ff9b:1::/48", "100:0:0:1::/64", "2001:db8::/32", "3fff::/20",
            "5f00::/16", "fec0::/10",
            # Azure's own: what a virtual machine asks about itself, and DNS.
            "168.63.129.16/32",
        ),
    )
)  # fmt: skip
"""What some versions of Python still call global, and what is asked inside a cloud."""
_LAST_32_BITS = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "::ffff:0:0:0/96")))
"""Translated (NAT64, SIIT): the last 32 bits are the IPv4 address that is reached."""
_ISATAP = 0x5EFE
"""The middle of an address that tunnels to an IPv4 address of the same site."""


def is_public(address: Address) -> bool:
    """Say whether an address is one of the public Internet; an IPv4 address inside an IPv6 address counts by itself."""
    inner = _inside(address)
    if inner is not None:
        return is_public(inner)
    if isinstance(address, ipaddress.IPv6Address) and int(address) >> 32 & 0xFCFFFFFF == _ISATAP:
        return False
    unusual = address.is_multicast or address.is_unspecified or address.is_loopback or address.is_link_local
    listed = any(address.version == network.version and address in network for network in _NOT_PUBLIC)
    return address.is_global and not unusual and not listed


def is_loopback(address: Address) -> bool:
    """Say whether an address is this machine. A tunnel to its IPv4 address begins somewhere else."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def names_loopback(host: str) -> bool:
    """Say whether a host is `localhost` or an address of this machine."""
    try:
        return is_loopback(ipaddress.ip_address(host))
    except ValueError:
        return host == "localhost"


def _inside(address: Address) -> ipaddress.IPv4Address | None:
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    if any(address in network for network in _LAST_32_BITS):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo is not None else None)


def resolve(host: str, port: int, timeout: float) -> list[Address]:
    """Return the addresses of a host, none when it is not known.

    Nothing can stop the system's resolver: it is left behind when the time is up.

    Raises:
        TimeoutError: there was no answer in `timeout` seconds.
    """
    found: list[Address] = []

    def look_up() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend(dict.fromkeys(ipaddress.ip_address(row[4][0]) for row in rows))
        except (OSError, ValueError):
            return

    thread = threading.Thread(target=look_up, name="keylint-resolve", daemon=True)
    thread.start()
    thread.join(max(timeout, 0.0))
    if thread.is_alive():
        raise TimeoutError
    return found
