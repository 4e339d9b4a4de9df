"""A seeded share of the hour of hostile input that `make study` sends."""

import subprocess
import sys
from pathlib import Path

import orjson

ROOT = Path(__file__).parents[2]
# Some seconds of a machine; the hour is benchmarks/results/fuzz.json.
SHARE = ("--mutants", "600", "--examples", "2", "--phases", "examples,fuzzing")


def test_hostile_input_is_only_refused(tmp_path):
    """No 5xx, no loud line of the log; afterwards the service decides and replays."""
    out = tmp_path / "fuzz.json"
    ran = subprocess.run(
        [sys.executable, "benchmarks/fuzz.py", *SHARE, "--out", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert out.exists(), ran.stderr
    told = orjson.loads(out.read_bytes())

    assert told["findings"] == []
    assert told["mutants"] == 600
    assert told["schema_cases"] > 12
    assert told["decisions"] > 0
    assert ran.returncode == 0
