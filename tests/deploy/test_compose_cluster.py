"""What compose runs to make its Redis nodes a cluster, on real nodes."""

import os
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.redis_server import redis_server, steady_port

SCRIPT = Path(__file__).parents[2] / "deploy" / "compose" / "cluster.sh"


@contextmanager
def nodes(folders, addresses, port):
    """Run a node in each folder, at its address."""
    with ExitStack() as stack:
        for folder, address in zip(folders, addresses, strict=True):
            folder.mkdir(exist_ok=True)
            # On loopback they would all call from one address.
            options = ("--bind", address, "--bind-source-addr", address)
            options += ("--cluster-enabled", "yes", "--cluster-node-timeout", "1000")
            stack.enter_context(redis_server(folder, *options, port=port))
        yield


def said(command, port):
    """Return what a command prints."""
    env = {**os.environ, "PORT": str(port)}
    options = {"env": env, "capture_output": True, "text": True, "timeout": 300}
    done = subprocess.run(command, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def state(address, port):
    """Return what a node says of its cluster."""
    lines = said(["redis-cli", "-h", address, "-p", f"{port}", "cluster", "info"], port)
    return dict(line.split(":", 1) for line in lines.split() if ":" in line)


def test_nodes_become_one_cluster_again_at_other_addresses(tmp_path):
    """After `down` and `up` nobody finds the others where they were."""
    port, folders = steady_port(), [tmp_path / f"{n}" for n in range(3)]
    first, then = ([f"127.77.0.{n + k}" for n in range(3)] for k in (10, 20))
    with nodes(folders, first, port):
        said([SCRIPT, *first], port)
        before = state(first[0], port)
        # Again, as with every `up`: it is one already.
        said([SCRIPT, *first], port)
    with nodes(folders, then, port):
        said([SCRIPT, *then], port)
        after = state(then[0], port)

    assert before["cluster_state"] == after["cluster_state"] == "ok"
    assert before["cluster_slots_assigned"] == after["cluster_slots_assigned"]
    assert after["cluster_size"] == "3"
