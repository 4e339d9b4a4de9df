"""Rate limits, and whose word about an address is believed."""

import orjson
import pytest

from engage.clock import ManualClock
from engage.errors import TooMany
from engage.web.limits import Buckets, Proxies, network_of
from tests.web.serving import JSON, ORIGIN, T0, beacon, serving

NETWORKS = [
    ("203.0.113.77", "203.0.113.0/24"),
    ("203.0.113.250", "203.0.113.0/24"),
    ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
    # A dual-stack socket shows IPv4 as IPv6: not one bucket for all of IPv4.
    ("::ffff:203.0.113.77", "203.0.113.0/24"),
    ("::ffff:198.51.100.1", "198.51.100.0/24"),
    ("fe80::1%eth0", "fe80::/64"),
]
FORWARDED = [
    # A stranger's header is not believed.
    ("198.51.100.1", ["203.0.113.9"], "198.51.100.1"),
    # Our proxy's last word is; what stands before it was written by anybody.
    ("10.0.0.1", ["6.6.6.6, 203.0.113.9"], "203.0.113.9"),
    ("10.0.0.1", ["6.6.6.6", "203.0.113.9"], "203.0.113.9"),
    ("10.0.0.1", ["203.0.113.9, 10.0.0.2"], "203.0.113.9"),
    ("::ffff:10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
    ("10.0.0.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
    ("10.0.0.1", ["203.0.113.9:4711"], "203.0.113.9"),
    ("10.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
    # Nonsense is not skipped over: what is further left is not ours.
    ("10.0.0.1", ["6.6.6.6, unknown"], "10.0.0.1"),
    ("10.0.0.1", [""], "10.0.0.1"),
    ("10.0.0.1", [], "10.0.0.1"),
    ("10.0.0.1", ["10.0.0.2"], "10.0.0.1"),
]


@pytest.mark.parametrize(("address", "network"), NETWORKS)
def test_network_of(address, network):
    """An address is limited with its /24, or its /64."""
    assert network_of(address).name == network


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_loopback(address):
    """This machine is recognised under each of its names."""
    assert network_of(address).is_loopback


@pytest.mark.parametrize(("peer", "lines", "client"), FORWARDED)
def test_forwarded(peer, lines, client):
    """The client is the nearest address that is no proxy of ours."""
    assert Proxies(("10.0.0.0/8",)).client(peer, lines) == client


def test_buckets_are_bounded():
    """Ten thousand hostile keys leave no more than the bound, and the newest."""
    buckets = Buckets(rate=1.0, burst=1.0, what="x", limit=100)
    for n in range(10_000):
        buckets.take(f"k{n}", now_s=0.0)

    assert len(buckets.levels) == 100
    assert "k9999" in buckets.levels


def test_bucket_says_when_to_come_back():
    """Retry-After is whole seconds, and it is enough."""
    buckets = Buckets(rate=0.4, burst=1.0, what="x")
    buckets.take("k", now_s=0.0)
    with pytest.raises(TooMany) as refused:
        buckets.take("k", now_s=0.0)
    after_s = refused.value.retry_after_s

    assert after_s == 3
    buckets.take("k", now_s=float(after_s))


async def test_session_limit(tmp_path):
    """A session over its rate is 429 with Retry-After; others and sites are not."""
    clock = ManualClock(at_s=T0)
    async with serving(tmp_path, clock=clock, session_burst=2.0) as at:
        answers = [await at.beacon("page_view", seq=seq) for seq in range(3)]
        other = await at.beacon("page_view", session="s_2", visitor="v_2")
        clock.move(1.0)
        later = await at.beacon("page_view", seq=3)

    assert [one.status for one in answers] == [204, 204, 429]
    assert answers[2].headers["Retry-After"] == "1"
    assert answers[2].headers["Access-Control-Allow-Origin"] == ORIGIN
    assert (other.status, later.status) == (204, 204)


async def test_network_limit_counts_what_is_refused(tmp_path):
    """Refused requests cost a token, too: guessing is not free."""
    clock = ManualClock(at_s=T0)
    async with serving(tmp_path, clock=clock, network_burst=4.0) as at:
        statuses = [
            (await at.beacon(site="pk_nobody")).status,
            (await at.call("POST", "/v1/decisions/d_1/confirm", json={})).status,
            (await at.call("GET", "/v1/preview/x?site=pk_demo&token=1.a")).status,
            (await at.beacon()).status,
            (await at.beacon(seq=1)).status,
            (await at.call("GET", "/v1/preview/x?site=pk_demo")).status,
        ]

    assert statuses == [403, 400, 401, 204, 429, 429]


async def test_forwarded_address_is_limited(tmp_path):
    """Behind a trusted proxy each client has its own bucket; else all share one."""
    clock = ManualClock(at_s=T0)
    trusted = {"trusted_proxies": ("127.0.0.0/8",), "network_burst": 1.0}
    statuses = []
    async with serving(tmp_path, clock=clock, **trusted) as at:
        for n, client in enumerate(["203.0.113.1", "198.51.100.1", "203.0.113.2"]):
            sent = {**JSON, "X-Forwarded-For": f"9.9.{n}.9, {client}"}
            told = await at.call(
                "POST", "/v1/beacons", data=beacon(seq=n), headers=sent
            )
            statuses.append(told.status)

    assert statuses == [204, 204, 429]


async def test_network_of_a_visit(tmp_path):
    """A decision knows which visits share a network, and no address; ours have none."""
    clients = {"s_1": "9.9.9.1", "s_2": "9.9.9.200", "s_3": "8.8.8.8", "s_4": None}
    async with serving(tmp_path, trusted_proxies=("127.0.0.0/8",)) as at:
        for name, client in clients.items():
            sent = {"X-Forwarded-For": client} if client else {}
            asks = {"headers": sent, "session": name, "visitor": f"v_{name}"}
            assert (await at.beacon("page_view", "ask", **asks)).status < 300
        told = await at.shop("GET", "/v1/decisions")
    rows = [orjson.loads(line) for line in told.body.splitlines()]
    found = {row["session"]: row["network"] for row in rows}

    assert found.keys() == clients.keys()
    assert found["s_1"] == found["s_2"] > 0
    assert 0 < found["s_3"] != found["s_1"]
    assert found["s_4"] == 0
    assert b"9.9.9" not in told.body


async def test_loopback_may_be_exempt(tmp_path):
    """The demo's own machine is not limited as a network."""
    clock = ManualClock(at_s=T0)
    told = {"network_burst": 1.0, "limit_loopback": False}
    async with serving(tmp_path, clock=clock, **told) as at:
        answers = [await at.beacon("page_view", seq=seq) for seq in range(5)]

    assert {one.status for one in answers} == {204}
