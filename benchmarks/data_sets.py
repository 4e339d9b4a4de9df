"""Where the public data sets lie: none of them is part of this project.

`ENGAGE_DATA_SETS` names the folder, by default `../shared/data` beside the checkout. In
it each set has a folder of its own, with the files as their authors give them:
`uci-shoppers`, `hillstrom`, `obd-men`, `yoochoose-100k`, `mouse-kh2017`.
"""

# Rules of this file: a path, nothing else.

from __future__ import annotations

import os
from pathlib import Path

DATA_SETS = Path(
    os.environ.get("ENGAGE_DATA_SETS")
    or Path(__file__).resolve().parents[2] / "shared/data"
)
