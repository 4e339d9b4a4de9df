"""What commands say and write, where there is nobody or not much to say it to."""

import io
import os
import subprocess
import sys

import pytest
from rich.table import Table

from engage.cli import main
from engage.cli.words import UNREAD, columns, open_streams, say, tables

LETTERS = "Gitarre für 5 € · neu"


def started(*command, **streams):
    """Run a command in a process of its own; return it, ended."""
    return subprocess.run(
        [*command, sys.executable, "-m", "engage", "keys", "sdk"],
        stderr=subprocess.PIPE,
        check=False,
        timeout=600,
        **streams,
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_nobody_reads(unbuffered):
    """Where the reader is gone, as after `| head`, a command ends without a word."""
    reader, writer = os.pipe()
    os.close(reader)
    ended = started(stdout=writer, env={**os.environ, "PYTHONUNBUFFERED": unbuffered})
    os.close(writer)

    assert (ended.returncode, ended.stderr) == (UNREAD, b"")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&-"])
def test_closed_streams(closed):
    """A stream that whoever calls has closed is no error."""
    ended = started("sh", "-c", f'exec "$@" {closed}', "sh", stdout=subprocess.PIPE)

    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.parametrize(
    "arguments",
    [["report", "log", "--html"], ["train", "log", "--recipe", "r.toml", "--out"]],
)
def test_no_device_is_replaced(arguments, tmp_path, capsys):
    """A pipe or a device is no file that could be replaced by a whole one."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    try:
        code = main([*arguments, str(pipe)])
    except SystemExit as ended:
        code = ended.code

    assert code == 2
    assert "must be a file" in capsys.readouterr().err
    assert pipe.is_fifo()


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_few_letters(encoding, monkeypatch):
    """A letter that a terminal does not know is written by its number."""
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)

    open_streams()
    say(LETTERS)

    told = LETTERS.encode(encoding, errors="backslashreplace")
    assert written.getvalue() == told + b"\n"


@pytest.mark.parametrize("width", [30, 80])
def test_figures_break_before_they_are_cut(width, monkeypatch, capsys):
    """A narrow terminal costs no digit of a table."""
    monkeypatch.setenv("COLUMNS", str(width))
    table = Table()
    columns(table, "action", "treatment", "holdout", "difference")
    table.add_row("chat_guitars", "1234567.89", "98765.43", "+55555.55")

    tables().print(table)

    told = capsys.readouterr().out
    assert "chat_guitars" in told
    for digit, times in (("5", 9), ("9", 2), ("8", 2), ("1", 1)):
        assert told.count(digit) == times
