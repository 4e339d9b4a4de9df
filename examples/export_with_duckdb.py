"""Questions to an export in SQL: `python examples/export_with_duckdb.py EXPORT`.

DuckDB reads the files where they lie; nothing is loaded beforehand, and a question
about one day reads that day only (`day` is a partition).
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

QUESTIONS = {
    "decisions by action, with their mean propensity and value": """
        select action, kind, count(*) as decisions,
               avg(propensity) as mean_propensity, avg(value) as mean_value
        from decisions
        where served and ghost is null and len(eligible) > 1
        group by action, kind order by decisions desc""",
    "is each action drawn as often as its probabilities announce?": """
        select entry.key as action, count(*) as eligible,
               sum(entry.value) as announced,
               count(*) filter (entry.key = action) as drawn
        from (select unnest(map_entries(distribution)) as entry, action
              from decisions
              where served and ghost is null and len(eligible) > 1)
        group by entry.key order by eligible desc""",
    "what the gates took away, and why": """
        select entry.value as reason, count(*) as actions
        from (select unnest(map_entries(refused)) as entry from decisions)
        group by reason order by actions desc""",
    "features are columns of a struct": """
        select page, count(*) as decisions,
               median(features.active_s) as median_active_s,
               avg(scores.hesitation) as mean_hesitation
        from decisions group by page order by decisions desc""",
    "money by day and group, from the visitor ledger (cents)": """
        select day, "group", count(*) as visitors, sum(orders) as orders,
               sum(margin_cents) as margin_cents,
               round(avg(margin_cents), 1) as margin_cents_a_visitor
        from visitor_days where "group" is not null
        group by day, "group" order by day, "group" """,
    "was the intent score true? ten groups of equal size": """
        select tenth, count(*) as labels,
               round(sum(weight) ** 2 / sum(weight ** 2)) as effective,
               avg(predicted) as predicted,
               sum(label * weight) / sum(weight) as came_true
        from (select *, ntile(10) over (order by predicted) as tenth
              from scores where scorer = 'intent')
        group by tenth order by tenth""",
}
TABLES = ("decisions", "outcomes", "orders", "scores", "visitor_days")


def connect(export: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection with a view for every table that the export holds."""
    connection = duckdb.connect()
    for table in TABLES:
        files = export / table
        if files.is_dir():
            found = connection.read_parquet(
                f"{files}/*/*.parquet",
                # `day` is a column of the ledger already.
                hive_partitioning=table != "visitor_days",
                union_by_name=True,
            )
            found.create_view(table)
    return connection


def main(export: Path) -> None:
    """Ask every question and print the answer."""
    connection = connect(export)
    for title, question in QUESTIONS.items():
        print(f"\n{title}")
        connection.sql(question).show()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "export"))
