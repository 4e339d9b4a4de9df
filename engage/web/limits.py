"""Rate limits for each session and each network, in bounded memory."""

# Rules of this file: no clock of its own. The longest silent key makes room for a new
# one, so that ten thousand hostile networks cost no more than the bound.

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from engage.errors import TooMany

Address = IPv4Address | IPv6Address


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
                retry_after_s=max(1, round(wait_s + 0.5)),
            )


def network_of(address: str) -> str:
    """Return the network that an address is limited with: /24 or, for IPv6, /64.

    One customer of a provider gets a whole /64; a /24 is one office or street.

    >>> network_of("203.0.113.77"), network_of("2001:db8::1:2:3:4")
    ('203.0.113.0/24', '2001:db8:0:0::/64')
    """
    ip = ip_address(address)
    if ip.version == 4:
        return f"{address.rpartition('.')[0]}.0/24"
    return (
        ":".join(f"{int(part, 16):x}" for part in ip.exploded.split(":")[:4]) + "::/64"
    )


@dataclass(frozen=True, slots=True)
class Proxies:
    """Decides whose `X-Forwarded-For` is believed.

    >>> proxies = Proxies(("10.0.0.0/8",))
    >>> proxies.client("10.1.2.3", "198.51.100.9, 203.0.113.7, 10.9.9.9")
    '203.0.113.7'
    >>> proxies.client("203.0.113.50", "198.51.100.9")
    '203.0.113.50'
    """

    networks: tuple[str, ...] = ()

    def trusts(self, address: str) -> bool:
        """Tell whether `address` is one of our own proxies."""
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        return any(ip in ip_network(network) for network in self.networks)

    def client(self, peer: str, forwarded: str | None) -> str:
        """Return the nearest address that is not one of our own proxies."""
        if forwarded is None or not self.trusts(peer):
            return peer
        for hop in reversed([hop.strip() for hop in forwarded.split(",")]):
            if self.trusts(hop):
                continue
            try:
                return str(ip_address(hop))
            except ValueError:
                break
        return peer
