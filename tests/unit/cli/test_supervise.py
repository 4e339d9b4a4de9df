"""Workers are processes that are told which one to be; one more waits for its turn."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest
import uvloop

from engage import __version__
from engage.cli.supervise import Bench, Supervisor, Worker, command_of
from tests.faults.pausing import until

# Ready once it is told who it is; ends with the pipe it was told through.
GOOD = "import sys; print('ready http://' + input(), flush=True); sys.stdin.read()"
HOPELESS = "import sys; input(); sys.exit(2)"


def supervisor(code, *, count=1):
    """Return a supervisor of processes that run this code."""
    bench = Bench(command=[sys.executable, "-c", code])
    workers = [Worker(index=n, bench=bench) for n in range(count)]
    return Supervisor(workers=workers, bench=bench)


async def waiting(one):
    """Return the process that waits, as soon as one does."""
    await until(lambda: one.bench._waiting is not None, why="one waits")
    return one.bench._waiting


async def test_who_waits_takes_the_place(monkeypatch):
    """A worker that is killed is followed by the process that waited, and so on."""
    monkeypatch.setattr("engage.cli.supervise._FIRST_S", 0.0)
    one = supervisor(GOOD, count=2)
    worker, followed = one.workers[1], []
    running = asyncio.create_task(one.run())
    for life in (1, 2):
        spare = await waiting(one)
        os.kill(worker.process.pid, signal.SIGKILL)
        await until(lambda n=life: worker.lives > n, why="it lives again")
        followed.append(worker.process is spare)
        await worker.ready.wait()
    last = await waiting(one)
    one._end()
    await running

    assert followed == [True, True]
    assert [other.url for other in one.workers] == ["http://0", "http://1"]
    assert last.returncode == -signal.SIGKILL


async def test_who_waited_in_vain():
    """A waiting process that has died is not waited for: another one is started."""
    one = supervisor(GOOD)
    filling = asyncio.create_task(one.bench.fill())
    spare = await waiting(one)
    os.kill(spare.pid, signal.SIGKILL)
    await filling
    process = await one.bench.take()
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()

    assert process is not spare


@pytest.mark.parametrize("count", [1, 3])
def test_hopeless(count):
    """Where a worker cannot be started at all everything ends, with its exit code."""
    # On the command's own loop: asyncio's loses the code of a process that ends while
    # it is sent a signal (`Popen.send_signal` reaps it).
    assert uvloop.run(supervisor(HOPELESS, count=count).run()) == 2


def test_modules_of_the_directory_it_is_started_in(tmp_path):
    """What lies where the service is started is not what a worker runs."""
    for name in ("engage", "orjson"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not ours')")
    done = subprocess.run(
        command_of(["--version"]),
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    assert (done.returncode, done.stdout) == (0, f"engage {__version__}\n")
