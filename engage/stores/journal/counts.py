"""How many there are: counted in the file, so that no row becomes an object.

A year's codes as objects hold up the collector of garbage, and with it all requests,
for some tenths of a second.
"""

# Rules of this file: nothing is written; what comes back does not grow with the shop.

from __future__ import annotations

from typing import cast

from engage.stores.journal.reader import Reader
from engage.stores.records import CodeState


class Counts(Reader):
    """Questions to a journal file that a number answers."""

    def decision_counts(self) -> dict[str, int]:
        """Return how many decisions are kept, by site."""
        return dict(self._rows("SELECT site, count(*) FROM decisions GROUP BY site"))

    def count_windows(self, site: str) -> dict[str, int]:
        """Return how many windows are running, by kind; cheap, reads no bodies."""
        counts = "SELECT kind, count(*) FROM windows WHERE site=? GROUP BY kind"
        return dict(self._rows(counts, (site,)))

    def count_codes(
        self, site: str, *, at_s: float
    ) -> dict[tuple[str, CodeState], int]:
        """Return how many codes are in each state, by pool and state.

        Given, but not valid any more at `at_s`, is expired.
        """
        rows = self._rows(
            "SELECT pool, CASE WHEN state='given' AND until_s<=? THEN 'expired'"
            " ELSE state END AS now, count(*) FROM codes WHERE site=?"
            " GROUP BY pool, now",
            (at_s, site),
        )
        return {(pool, cast(CodeState, state)): n for pool, state, n in rows}
