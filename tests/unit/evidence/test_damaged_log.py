"""Tools pass a damaged record over, count it, and say so."""

import shutil

import orjson
import pytest

from engage.cli import main
from engage.evidence.lift.log import read_log
from engage.evidence.simulated import is_simulated, mark_simulated
from engage.stores.journal.files import JOURNAL_FILE
from engage.stores.journal.sqlite import read_journal

# A kind of record that each command reads.
READ_BY = {"lift": "decision", "train": "closed"}


def damaged(whole, data, *, kind):
    """Copy a simulated log and damage its fourth record of a kind; return the copy."""
    shutil.copytree(whole, data)
    journal = read_journal(data / JOURNAL_FILE)
    body = journal.read(0, 5, kinds=(kind,))[3].record.body
    journal.close()
    raw = bytearray((data / JOURNAL_FILE).read_bytes())
    at = raw.index(orjson.dumps(body)[:200])
    raw[at + 3] ^= 0x01
    (data / JOURNAL_FILE).write_bytes(raw)
    return data


def test_lift_counts_it(simulated, tmp_path):
    """The evidence is read to the end, and says how many records are missing."""
    torn = damaged(simulated, tmp_path / "data", kind="decision")
    (evidence,) = read_log(torn).values()
    (whole,) = read_log(simulated).values()

    assert (evidence.damaged, whole.damaged) == (1, 0)
    assert evidence.until_s == whole.until_s


@pytest.mark.parametrize("command", ["lift", "train"])
def test_commands_say_so(simulated, tmp_path, capsys, command):
    """`lift` and `train` answer all the same and tell of the damage."""
    torn = damaged(simulated, tmp_path / "data", kind=READ_BY[command])
    recipe, out = tmp_path / "recipe.toml", tmp_path / "candidate.json"
    recipe.write_text("")
    more = ["--recipe", f"{recipe}", "--out", f"{out}"] if command == "train" else []

    code = main([command, f"{torn}", *more, "--json"])

    told = capsys.readouterr()
    assert code == 0
    assert orjson.loads(told.out)
    assert "1 damaged records were passed over" in told.err


def test_mark_of_a_simulation(tmp_path):
    """A marked directory is a simulation's, another is not."""
    before = is_simulated(tmp_path)
    mark_simulated(tmp_path)

    assert (before, is_simulated(tmp_path)) == (False, True)
