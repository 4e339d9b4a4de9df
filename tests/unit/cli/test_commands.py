import argparse
import asyncio
import gc
import io
import subprocess
import sys
from contextlib import closing

import orjson
import pytest
from rich.console import Console

from engage.cli import ingest, simulate
from engage.cli.progress import progress
from engage.evidence.simulated import MARK_FILE
from engage.stores.journal.sqlite import read_journal
from tests.unit.cli.builders import yoochoose

COMMANDS = {"ingest": ingest, "simulate": simulate}


def called(name, *arguments):
    """Parse and run a command in this process; return its exit code."""
    parser = argparse.ArgumentParser()
    COMMANDS[name].add_to(parser.add_subparsers())
    chosen = parser.parse_args([name, *map(str, arguments)])
    return chosen.run(chosen)


def started(name, *arguments):
    """Run a command in a process of its own; return it, ended."""
    program = (
        "import argparse, sys\n"
        f"from engage.cli import {name} as command\n"
        "parser = argparse.ArgumentParser()\n"
        "command.add_to(parser.add_subparsers())\n"
        "chosen = parser.parse_args()\n"
        "sys.exit(chosen.run(chosen))\n"
    )
    return subprocess.run(
        [sys.executable, "-c", program, name, *map(str, arguments)],
        capture_output=True,
        check=False,
        timeout=600,
    )


def test_missing_file_is_wrong_use(tmp_path, capsys):
    """A file that is not there is exit code 2, and named."""
    path = tmp_path / "nothing"

    code = called("ingest", path, "--format", "yoochoose", "--data", tmp_path)

    assert code == 2
    assert f"PATH must be a file, got {path}" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--to", "http://127.0.0.1:9", "--scores", "out"),
        ("--data", "data", "--pace", "real"),
    ],
)
def test_wrong_use(tmp_path, arguments):
    """Options that do not go together are exit code 2."""
    path = yoochoose(tmp_path)

    assert called("ingest", path, "--format", "yoochoose", *arguments) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--format", "yoochoose"),
        ("--format", "unheard-of", "--data", "data"),
        ("--format", "yoochoose", "--to", "ftp://shop"),
        ("--format", "yoochoose", "--data", "data", "--to", "http://127.0.0.1:9"),
    ],
)
def test_parser_refuses(tmp_path, arguments):
    """Neither or both of --to and --data, and unknown formats, end in code 2."""
    with pytest.raises(SystemExit) as ended:
        called("ingest", yoochoose(tmp_path), *arguments)

    assert ended.value.code == 2


def test_ingest_tells_machines(tmp_path):
    """--json is the whole account as one line, and the exit code is 0."""
    path = yoochoose(tmp_path)

    ended = started(
        "ingest", path, "--format", "yoochoose", "--data", tmp_path / "d", "--json"
    )

    plain = orjson.loads(ended.stdout)
    assert ended.returncode == 0
    assert (plain["sent"], plain["applied"], plain["balances"]) == (5, 5, True)
    # The header is no beacon: the bar ends all the same.
    assert b"100% 5/5" in ended.stderr


def test_empty_ingest_is_no_success(tmp_path):
    """A file without a single beacon is exit code 2, with its line and reason."""
    path = tmp_path / "clicks.txt"
    path.write_text("SessionId;ItemId;Time\n")

    ended = started("ingest", path, "--format", "yoochoose", "--data", tmp_path / "d")

    assert ended.returncode == 2
    assert b"header must be" in ended.stderr


def test_simulate_says_what_it_is(tmp_path):
    """A simulation is named as one, on both streams, by its mark and in its truth."""
    out = tmp_path / "out"

    ended = started("simulate", "--out", out, "--visitors", 2, "--json")

    plain = orjson.loads(ended.stdout)
    assert ended.returncode == 0
    assert (plain["simulation"], plain["visitors"]) == (True, 2)
    assert b"This is a simulation" in ended.stderr
    assert (out / MARK_FILE).is_file()
    assert orjson.loads((out / "truth.json").read_bytes())["simulation"] is True


def test_an_interrupt_before_the_first_visitor_leaves_nothing_unawaited(
    tmp_path, monkeypatch, recwarn
):
    """Ctrl-C before the loop has begun with the simulation ends without a warning."""

    def interrupted(_living):
        raise KeyboardInterrupt

    monkeypatch.setattr(asyncio, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        called("simulate", "--out", tmp_path / "out", "--visitors", 2)
    gc.collect()

    assert [str(one.message) for one in recwarn] == []


def test_simulate_a_list_that_decides(tmp_path, capsys):
    """In mode `rules` the shop's own list decides, and the report says so."""
    out = tmp_path / "out"
    assert called("simulate", "--out", out, "--visitors", 30, "--mode", "rules") == 0
    with closing(read_journal(out / "journal.sqlite")) as journal:
        rows = journal.decisions("pk_demo", limit=1_000).rows
        said = {(row["mode"], row["policy"]) for row in rows}

    assert said == {("rules", "rules")}
    told = capsys.readouterr().out
    assert "explored on purpose: 20% of the draws" in told
    assert "what all cards of a visitor were worth to expect" in told


def test_simulate_overwrites_nothing(tmp_path, capsys):
    """A directory that holds a journal is left alone: exit code 2."""
    (tmp_path / "journal.sqlite").write_bytes(b"")

    assert called("simulate", "--out", tmp_path) == 2
    assert "--out must hold no journal yet" in capsys.readouterr().err


def test_simulate_needs_visitors(tmp_path):
    """No visitors at all is wrong use."""
    assert called("simulate", "--out", tmp_path / "out", "--visitors", 0) == 2


def test_progress_shows_how_far():
    """The bar says what is being done and how much of it is done."""
    screen = io.StringIO()

    with progress("beacons", total=4, console=Console(file=screen)) as advance:
        advance(4)

    assert "beacons" in screen.getvalue()
    assert "4/4" in screen.getvalue()
