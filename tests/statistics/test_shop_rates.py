"""A seeded share of the question whether it learns at a shop's rates."""

import subprocess
import sys
from pathlib import Path

import orjson

ROOT = Path(__file__).parents[2]
# The settings that ship; the whole table is benchmarks/results/shop_rates.json.
SHARE = ("--designs", "0", "--seeds", "3", "--days", "30", "--processes", "1")


def test_shop_as_shipped(tmp_path):
    """Three shops (seeds 0 to 2), 30 days: above `none`, and hardly below the rules.

    The loss to the shop's own rules stays under the goal of 5 EUR a day. Values are
    expectations under the whole distribution, so only the course itself is random: over
    24 other shops the mean loss of the first 30 days was -1.2 EUR a day.
    """
    out = tmp_path / "shop_rates.json"
    subprocess.run(
        [sys.executable, "benchmarks/shop_rates.py", *SHARE, "--out", str(out)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (row,) = orjson.loads(out.read_bytes())["rows"]

    assert row["loss_to_rules_days_1_to_30_eur_a_day"] <= 5.0
    assert row["mean_eur"]["30"] > 0.0
