"""Rate limits for each session and each network, in bounded memory."""

# Rules of this file: no clock of its own. The longest silent key makes room for a new
# one, so that ten thousand hostile networks cost no more than the bound.

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from math import ceil
from typing import Final, NamedTuple

from engage.errors import TooMany

Address = IPv4Address | IPv6Address
# What stands for the address of a peer that has none (a socket file).
NOWHERE: Final = "0.0.0.0"  # noqa: S104 - a name for "no address", never bound


@dataclass(slots=True)
class Buckets:
    """Token buckets by key: `rate` a second, `burst` at once.

    >>> buckets = Buckets(rate=1.0, burst=2.0, what="beacons of this session")
    >>> [buckets.wait_s("a", now_s=0.0) for _ in range(3)]
    [0.0, 0.0, 1.0]
    >>> buckets.wait_s("a", now_s=1.0)
    0.0
    """

    rate: float
    burst: float
    what: str
    # 100,000 keys of about 200 bytes: 20 MB at most.
    limit: int = 100_000
    levels: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def wait_s(self, key: str, *, now_s: float) -> float:
        """Take one token and return 0, or return the seconds until there is one."""
        level, at_s = self.levels.pop(key, (self.burst, now_s))
        level = min(self.burst, level + (now_s - at_s) * self.rate)
        wait_s = 0.0 if level >= 1.0 else (1.0 - level) / self.rate
        self.levels[key] = (level if wait_s else level - 1.0, now_s)
        if len(self.levels) > self.limit:
            self.levels.popitem(last=False)
        return wait_s

    def take(self, key: str, *, now_s: float) -> None:
        """Take one token.

        Raises:
            TooMany: there is none; says when there will be.
        """
        wait_s = self.wait_s(key, now_s=now_s)
        if wait_s:
            raise TooMany(
                f"{self.what} must be <= {self.rate:g} a second, "
                f"in bursts <= {self.burst:g}",
                retry_after_s=max(1, ceil(wait_s)),
            )

    def give_back(self, key: str) -> None:
        """Put back the token just taken: it was not meant for this."""
        level, at_s = self.levels[key]
        self.levels[key] = (min(self.burst, level + 1.0), at_s)


class Network(NamedTuple):
    """What an address is limited with.

    Attributes:
        is_loopback: it is this machine.
        is_public: it is of the internet: no proxy, office or machine of our own.
    """

    name: str
    is_loopback: bool
    is_public: bool


@lru_cache(maxsize=20_000)
def network_of(address: str) -> Network:
    """Return the network that an address is limited with: /24 or, for IPv6, /64.

    One customer of a provider gets a whole /64; a /24 is one office or street. An IPv4
    address that a dual-stack socket shows as IPv6 is the IPv4 address it stands for;
    otherwise all of IPv4 would share one bucket.

    >>> network_of("203.0.113.77").name, network_of("2001:db8::1:2:3:4").name
    ('203.0.113.0/24', '2001:db8::/64')
    >>> network_of("::ffff:203.0.113.77").name, network_of("::1").is_loopback
    ('203.0.113.0/24', True)
    >>> network_of("9.9.9.9").is_public, network_of("10.0.0.1").is_public
    (True, False)
    """
    ip = _plain(ip_address(address))
    bits = 24 if ip.version == 4 else 64
    # The zone of a link-local address (`%eth0`) is no part of its network.
    bare = str(ip).partition("%")[0]
    name = str(ip_network(f"{bare}/{bits}", strict=False))
    return Network(name, ip.is_loopback, ip.is_global)


class Proxies:
    """Decides whose `X-Forwarded-For` is believed.

    >>> proxies = Proxies(("10.0.0.0/8",))
    >>> proxies.client("10.1.2.3", ["198.51.100.9, 203.0.113.7, 10.9.9.9"])
    '203.0.113.7'
    >>> proxies.client("203.0.113.50", ["198.51.100.9"])
    '203.0.113.50'
    """

    def __init__(self, networks: tuple[str, ...] = ()) -> None:
        """Keep the networks of our own proxies.

        Raises:
            ValueError: one is no network.
        """
        self._networks = [ip_network(network) for network in networks]

    def trusts(self, ip: Address) -> bool:
        """Tell whether an address is one of our own proxies."""
        return any(ip in network for network in self._networks)

    def client(self, peer: str, forwarded: list[str]) -> str:
        """Return the nearest address that is not one of our own proxies.

        Args:
            peer: who opened the connection.
            forwarded: every `X-Forwarded-For` line, in order. A client writes the
                first ones; only what our own proxies appended counts.
        """
        if not forwarded or not self._networks:
            return peer
        if not self.trusts(_plain(ip_address(peer))):
            return peer
        hops = [hop.strip() for line in forwarded for hop in line.split(",")]
        for hop in reversed(hops):
            ip = _address(hop)
            if ip is None:
                break
            if not self.trusts(ip):
                return str(ip)
        return peer


def _plain(ip: Address) -> Address:
    """Return the IPv4 address that a mapped IPv6 address stands for."""
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    return ip


def _address(hop: str) -> Address | None:
    """Return the address of one hop, which some proxies write with its port."""
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    try:
        return _plain(ip_address(hop))
    except ValueError:
        return None
