# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # Where do discounts burn money?
#
# A discount for someone who would have bought anyway is margin given away. The decision
# log can tell where that happens, because every decision records the probability of
# each action: we may weigh what was drawn into what another policy would have drawn.
#
# This file is a notebook kept as text (jupytext, `py:percent`): open it in Jupyter, VS
# Code or PyCharm, or run it: `python examples/where_discounts_burn_money.py [DIR]`. CI
# runs it, small. It needs the extra `science` (`make science`).

# %%
import json
import os
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from engage.cli import main as engage

HERE = Path(globals().get("__file__", "where_discounts_burn_money.py")).parent
is_script = "ipykernel" not in sys.modules
WORK = Path(sys.argv[1] if is_script and len(sys.argv) > 1 else "burnt-money")
VISITORS = os.environ.get("ENGAGE_EXAMPLE_VISITORS", "3000")
sys.path.insert(0, str(HERE))
import discount_policies  # noqa: E402 - lies beside this file


def answer(*arguments: object) -> tuple[int, dict]:
    """Run a command of engage with --json; return its exit code and its answer."""
    printed = StringIO()
    with redirect_stdout(printed):
        code = engage([*map(str, arguments), "--json"])
    return code, json.loads(printed.getvalue())


# %% [markdown]
# ## 1. A log
#
# We simulate one, because a simulation can be checked against its truth at the end.
# With a log of your own: set `DATA` to the service's data directory and go on below.
# Nothing here says anything about a real shop.

# %%
DATA, EXPORT = WORK / "sim", WORK / "export"
if not DATA.exists():
    print("This is a simulation; it takes some minutes.")
    answer("simulate", "--out", DATA, "--visitors", VISITORS, "--seed", 1)
code, exported = answer("export", "--data", DATA, "--out", EXPORT)
print(exported["rows"])

# %% [markdown]
# ## 2. Load it
#
# One row a decision. Evidence is what was served, carried out, and left a choice.

# %%
files = sorted((EXPORT / "decisions").glob("*/*.parquet"))
log = pd.concat([pd.read_parquet(f, partitioning=None) for f in files])
is_evidence = log["served"] & log["ghost"].isna() & (log["eligible"].map(len) > 1)
log = log[is_evidence & log["value"].notna()].reset_index(drop=True)
chance = pd.DataFrame(map(dict, log["distribution"]))
print(f"{len(log)} decisions of {log['subject'].nunique()} visitors")

# %% [markdown]
# ## 3. Are the propensities true?
#
# Each action must have been drawn about as often as its probabilities announce. Look at
# this before looking at any outcome; `engage evaluate` refuses a number if it is off.

# %%
drawn = log["action"].value_counts()
announced = pd.DataFrame({"announced": chance.sum(), "drawn": drawn}).fillna(0)
spread = (chance * (1 - chance)).sum() ** 0.5
announced["standard errors"] = (announced["drawn"] - announced["announced"]) / spread
print(announced.round(1))

# %% [markdown]
# ## 4. Two policies
#
# `discount_policies.py` holds two: `generous` gives any card anywhere, `thrifty` gives
# discounts only to who doubts the price. Neither ever decided anything. The answer has
# an interval, by visitor, or it is a refusal (exit code 3) with its reason.

# %%
gains = {}
for name in ("generous", "thrifty"):
    code, told = answer(
        "evaluate", EXPORT, "--policy", f"python:discount_policies:{name}"
    )
    whole = told["parts"][0]
    if code == 3:
        print(f"{name}: refused, because {'; '.join(whole['refused'])}")
        continue
    gains[name] = one = whole["estimates"]["DR"]
    print(
        f"{name}: {one['value']:.2f} a decision, {one['gain']:+.2f} against the log "
        f"({one['gain_low']:+.2f} to {one['gain_high']:+.2f}); promises "
        f"{told['spent']['promised_eur']['target']:.2f} in discounts a decision"
    )

# %% [markdown]
# ## 5. Where the money burns
#
# The same weighing by hand, discount against `none`, where both could have been drawn:
# `1[discount] / p(discount) - 1[none] / p(none)`, times the value. Its mean is the
# discount's effect; by group it shows where that is negative. These groups were chosen
# before looking, and there are four of them: no interval here is corrected for many.

# %%
kinds = [dict(json.loads(text)["kinds"]) for text in log["versions"]]
discounts = {name for one in kinds for name, kind in one.items() if kind == "discount"}
print("discounts:", ", ".join(sorted(discounts)))
p_discount = chance[sorted(discounts)].sum(axis=1)
could = p_discount > 0
was_discount = log["action"].isin(discounts)
# Less the overall mean: the same effect, less noise.
value = log["value"] - log["value"].mean()
log["effect"] = value * (
    was_discount / p_discount.where(could)
    - (log["action"] == "none") / chance["none"].where(could)
)
log["price"] = [
    "doubts the price" if discount_policies.doubts_price(one) else "does not"
    for one in log[["features", "moment"]].to_dict("records")
]
log["visitor"] = np.where(log["visit_index"] > 1, "came back", "first visit")


def effect_by(column: str) -> pd.DataFrame:
    """Return the discount's effect in each group, with a 95 % interval by visitor."""
    rows = {}
    for group, part in log[could].groupby(column):
        mean, n = part["effect"].mean(), len(part)
        sums = (part["effect"] - mean).groupby(part["subject"]).sum()
        half = 1.96 * float(np.sqrt((sums**2).sum())) / n
        rows[f"{column}: {group}"] = (n, mean, mean - half, mean + half)
    columns = ["decisions", "effect", "low", "high"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


effects = pd.concat([effect_by("price"), effect_by("visitor")])
print(effects.round(2))

# %%
figure = Figure(figsize=(6, 2.4), layout="constrained")
axes = figure.add_subplot()
places = range(len(effects))
axes.hlines(places, effects["low"], effects["high"], linewidth=3)
axes.plot(effects["effect"], places, "o")
axes.axvline(0, color="grey", linestyle=":")
axes.set_yticks(places, effects.index)
axes.set_xlabel("effect of a discount a decision, currency")
figure.savefig(WORK / "effect_of_discounts.svg")
figure  # noqa: B018 - shows the plot in a notebook

# %% [markdown]
# ## 6. Train a better one, and hand it over
#
# `engage train` reads the same log, predicting before it learns; the same log, recipe
# and release give the same bytes. `engage promote` hands the candidate to the service,
# which tries it in the shadow first. It moves on only with evidence from decisions that
# came after its training, and is rolled back by itself. Nobody has to believe us.

# %%
CANDIDATE = WORK / "candidate.json"
recipe = HERE / "recipe.toml"
code, trained = answer("train", DATA, "--recipe", recipe, "--out", CANDIDATE)
figures = trained["sweep"][trained["best"]]["figures"]
print(f"candidate {trained['candidate']}")
print({name: round(value, 4) for name, value in figures.items()})

# %%
engage(["promote", str(CANDIDATE), "--data", str(DATA)])

# %% [markdown]
# ## 7. Was it true?
#
# Only a simulation can say: what a discount is worth for each kind of shopper. Sure
# things buy anyway, and who wants to be left alone leaves. That is the money we looked
# for in section 5, where nobody knew who was who.

# %%
truth_file = DATA / "truth.json"
if truth_file.exists():
    shoppers = pd.DataFrame(json.loads(truth_file.read_text())["visitors"])
    worth = pd.json_normalize(shoppers["values"].tolist())
    shoppers["discount over none"] = worth["discount"] - worth["none"]
    by_segment = shoppers.groupby("segment")["discount over none"]
    print(by_segment.agg(["count", "mean"]).round(2))

# %% [markdown]
# ## 8. A page for the others
#
# One file without any network, for a phone, for paper, in the dark.

# %%
engage(["report", str(DATA), "--html", str(WORK / "report.html")])
print(f"look at {WORK / 'report.html'}")
