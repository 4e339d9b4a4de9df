"""Starts a real Redis Cluster for tests: three masters, on demand a replica of each."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import redis

from tests.redis_server import Running, redis_server, steady_port

MASTERS = 3
SLOTS = 16_384
# A server that leads a cluster waits two seconds before it takes writes.
PATIENCE = 2_400


class Cluster(NamedTuple):
    """A cluster that takes commands.

    Attributes:
        url: of its first node; seconds for an answer, as in `redis_server`.
        masters: in the order of their slots.
        replicas: of the masters, in their order; none unless asked for.
    """

    url: str
    masters: list[Running]
    replicas: list[Running]

    def command(self, node: int, *words: str | int) -> object:
        """Run a command on a master, and return its answer."""
        with redis.Redis.from_url(self.masters[node].url) as client:
            return client.execute_command(*words)

    def flush(self) -> None:
        """Empty it."""
        for node in range(MASTERS):
            self.command(node, "FLUSHALL")

    def settle(self) -> None:
        """Return once every replica has what its master has."""
        for master, replica in zip(self.masters, self.replicas, strict=True):
            said = _field(master, "master_repl_offset")
            _until(lambda r=replica, o=said: _field(r, "slave_repl_offset") >= o)


@contextmanager
def redis_cluster(folder: Path, *, has_replicas: bool = False) -> Iterator[Cluster]:
    """Run a cluster; stop it at the end."""
    count = MASTERS * (2 if has_replicas else 1)
    first = steady_port(16)
    with ExitStack() as stack:
        # A replica follows soon; where there is none, a busy node is no dead one.
        silent_ms = 1_000 if has_replicas else 15_000
        nodes = [
            stack.enter_context(restarted(folder, first + number, silent_ms=silent_ms))
            for number in range(count)
        ]
        cluster = Cluster(nodes[0].url, nodes[:MASTERS], nodes[MASTERS:])
        _meet(nodes, first)
        for number in range(MASTERS):
            start, end = SLOTS * number // 3, SLOTS * (number + 1) // 3 - 1
            cluster.command(number, "CLUSTER", "ADDSLOTSRANGE", start, end)
        _wait(nodes, "cluster_state:ok")
        _wait(nodes, f"cluster_known_nodes:{count}")
        for number, replica in enumerate(cluster.replicas):
            name = cluster.command(number, "CLUSTER", "MYID")
            _follow(replica, name)
        yield cluster


def restarted(folder: Path, port: int, *, silent_ms: int = 1_000):
    """Run a node, empty but in its old place if it had one; stop it at the end.

    Args:
        folder: where it keeps what it knows of the cluster.
        port: where it listens.
        silent_ms: for so long it may say nothing before others take it for dead.
    """
    # A replica writes what its master sends to a file; nobody may come back with that.
    kept = folder / f"dump-{port}.rdb"
    kept.unlink(missing_ok=True)
    # The bus listens 10,000 above by default, where connections may be.
    bus = ("--cluster-port", str(port + 8))
    # A master waits five seconds for more replicas before it sends its first data.
    at_once = ("--repl-diskless-sync-delay", "0")
    options = ("--cluster-enabled", "yes", *bus, *at_once)
    options += ("--cluster-node-timeout", str(silent_ms))
    names = ("--cluster-config-file", f"nodes-{port}.conf", "--dbfilename", kept.name)
    return redis_server(folder, *options, *names, port=port)


def masters_of(nodes: Mapping[int, Running]) -> set[int]:
    """Return the ports of the masters, as the nodes have it between them."""
    return {port for port in nodes if _field(nodes[port], "role") == "master"}


def is_led_anew(nodes: Mapping[int, Running], dead: int) -> bool:
    """Tell whether the rest of a cluster leads all slots without the dead node."""
    return len(masters_of(nodes)) == MASTERS and all(
        _is_ok(node) and dead not in _led(node) for node in nodes.values()
    )


def is_whole(nodes: Mapping[int, Running]) -> bool:
    """Tell whether all slots are led and every replica follows its master."""
    followers = set(nodes) - masters_of(nodes)
    return len(followers) == MASTERS and all(
        _is_ok(node)
        and (port not in followers or _field(node, "master_link_status") == "up")
        for port, node in nodes.items()
    )


def _is_ok(node: Running) -> bool:
    with redis.Redis.from_url(node.url) as client:
        return "cluster_state:ok" in _told(client)


def _led(node: Running) -> set[int]:
    with redis.Redis.from_url(node.url) as client:
        slots = client.execute_command("CLUSTER", "SLOTS")
    rows = slots.values() if isinstance(slots, dict) else slots
    return {
        int(row["primary"][1] if isinstance(row, dict) else row[2][1]) for row in rows
    }


def _field(node: Running, name: str) -> object:
    with redis.Redis.from_url(node.url) as client:
        return client.info("replication").get(name)


def _meet(nodes: list[Running], first: int) -> None:
    for number, node in enumerate(nodes):
        with redis.Redis.from_url(node.url) as client:
            client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
    with redis.Redis.from_url(nodes[0].url) as client:
        for number in range(1, len(nodes)):
            port = first + number
            client.execute_command("CLUSTER", "MEET", "127.0.0.1", port, port + 8)


def _follow(replica: Running, master: object) -> None:
    with redis.Redis.from_url(replica.url) as client:
        _until(lambda: _replicates(client, master))
        _until(lambda: client.info("replication")["master_link_status"] == "up")


def _replicates(client: redis.Redis, master: object) -> bool:
    try:
        client.execute_command("CLUSTER", "REPLICATE", master)
    except redis.ResponseError:
        # It has not heard of its master yet.
        return False
    return True


def _wait(nodes: list[Running], said: str) -> None:
    for node in nodes:
        with redis.Redis.from_url(node.url) as client:
            _until(lambda c=client: said in _told(c))


def _told(client: redis.Redis) -> str:
    told = client.execute_command("CLUSTER", "INFO")
    if isinstance(told, dict):
        return " ".join(f"{name}:{value}" for name, value in told.items())
    return told.decode()


def _until(holds) -> None:
    pause = threading.Event()
    for _ in range(PATIENCE):
        if holds():
            return
        pause.wait(0.05)
    raise RuntimeError("the cluster did not come up")
