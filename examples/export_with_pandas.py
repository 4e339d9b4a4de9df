"""An export in pandas: `python examples/export_with_pandas.py EXPORT`.

Shows how the nested columns come out, and answers one counterfactual question by hand:
what would a decision have earned without any card? (`engage evaluate --policy
always:none` answers it better, and refuses where the log cannot tell.)
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd


def load(export: Path, table: str, columns: list[str] | None = None) -> pd.DataFrame:
    """Return a table of an export; give `columns` to read only those."""
    files = sorted((export / table).glob("*/*.parquet"))
    return pd.concat(
        [pd.read_parquet(file, columns=columns, partitioning=None) for file in files],
        ignore_index=True,
    )


def decisions_with_choice(export: Path) -> pd.DataFrame:
    """Return decisions that are evidence: served, carried out, with a choice."""
    frame = load(export, "decisions")
    has_choice = frame["eligible"].map(len) > 1
    return frame[frame["served"] & frame["ghost"].isna() & has_choice]


def main(export: Path) -> None:
    """Print a few tables."""
    frame = decisions_with_choice(export)

    print("decisions with a choice, by moment and action")
    print(pd.crosstab(frame["moment"], frame["action"]), "\n")

    # A struct is a dictionary a row, a map a list of pairs.
    scores = pd.json_normalize(frame["scores"].tolist()).set_index(frame.index)
    chances = pd.DataFrame(map(dict, frame["distribution"]), index=frame.index)
    print("scores"), print(scores.describe().round(3), "\n")
    print("probability of each action where it was eligible")
    print(chances.describe().round(3), "\n")

    settled = frame[frame["value"].notna()]
    weight = (settled["action"] == "none") / chances.loc[settled.index, "none"]
    print("value of a decision (site's currency)")
    print(f"  as it was      {settled['value'].mean():8.3f}")
    print(
        f"  without a card {np.average(settled['value'], weights=weight):8.3f} (SNIPS)"
    )
    print(f"  effective decisions {weight.sum() ** 2 / (weight**2).sum():.0f}")
    print(f"  mean weight {weight.mean():.3f}; 1 if the propensities are true\n")

    orders = load(export, "orders", ["subject", "margin_cents", "has_code"])
    print("orders, by whether a discount code was used (cents)")
    by_code = orders.groupby("has_code")["margin_cents"]
    print(by_code.agg(["count", "mean"]).round(0))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "export"))
