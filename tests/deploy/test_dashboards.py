"""Dashboards as code: current, whole, laid out, and readable by who is woken up."""

from __future__ import annotations

from deploy.build import outputs
from tests.deploy.operators import DEPLOY, made_dashboards

# Links, bookmarks and alerts elsewhere point here: a uid never changes.
UIDS = ["engage-decisions", "engage-health", "engage-learning", "engage-site"]


def panels():
    """Return (dashboard's uid, panel) for each panel that shows something."""
    return [
        (board["uid"], panel)
        for board in made_dashboards()
        for panel in board["panels"]
        if panel["type"] != "row"
    ]


def test_made_files_are_current():
    """Every made file says what its source says; `python -m deploy.build` mends it."""
    stale = [
        name
        for name, text in outputs().items()
        if not (DEPLOY / name).exists() or (DEPLOY / name).read_text() != text
    ]

    assert stale == []


def test_uids_are_stable():
    """The four dashboards have the uids that others link to."""
    assert [board["uid"] for board in made_dashboards()] == UIDS


def test_ids_are_unique():
    """No two panels of a dashboard share an id."""
    for board in made_dashboards():
        ids = [panel["id"] for panel in board["panels"]]

        assert len(ids) == len(set(ids))


def test_panels_do_not_overlap():
    """No two panels of a dashboard lie on the same cell of its grid."""
    for board in made_dashboards():
        cells = [
            (x, y)
            for panel in board["panels"]
            for x in range(
                panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"]
            )
            for y in range(
                panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"]
            )
        ]

        assert len(cells) == len(set(cells))
        assert max(x for x, _ in cells) < 24


def test_every_panel_explains_itself():
    """Each panel has a title, a unit, series with names, and says how to read it."""
    for uid, panel in panels():
        assert panel["title"], uid
        assert panel["description"].endswith("."), (uid, panel["title"])
        assert panel["fieldConfig"]["defaults"]["unit"], (uid, panel["title"])
        assert all(t["legendFormat"] for t in panel["targets"]), panel["title"]


def test_every_panel_asks_the_chosen_source():
    """No panel is tied to the data source of somebody's own Grafana."""
    sources = {
        target["datasource"]["uid"]
        for _, panel in panels()
        for target in panel["targets"]
    }

    assert sources == {"${source}"}


def test_the_shop_is_chosen_from_what_is_there():
    """The owner's dashboard offers the sites that have figures."""
    [board] = [one for one in made_dashboards() if one["uid"] == "engage-site"]
    [choice] = [v for v in board["templating"]["list"] if v["name"] == "site"]

    assert choice["query"]["query"] == "label_values(engage_site_visitors, site)"
