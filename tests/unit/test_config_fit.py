"""Settings with which a shop would start, and then serve or learn nothing."""

import pytest

from engage.config import load
from engage.errors import ConfigError

SITE = "[[sites]]\nkey = 'pk_1'\n"
ENVIRONMENT = {"ENGAGE_PK_1_SERVER_KEY": "sk_0123456789abcdef"}


def mistakes(folder, text):
    """Return what is wrong with a configuration, without the file's name."""
    path = folder / "engage.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load(path, environment=ENVIRONMENT)
    return [one.removeprefix(f"{path}: ") for one in refused.value.mistakes]


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("max_connections", ">= 1"),
        ("body_deadline_s", "> 0"),
        ("keepalive_s", "> 0"),
    ],
)
def test_nobody_served(tmp_path, name, least):
    """No connection, no time for a body, no end of an idle one: none is a service."""
    text = f"[server]\n{name} = 0\n{SITE}"

    assert mistakes(tmp_path, text) == [f"server.{name}: must be {least}, got 0"]


def test_listening_everywhere_has_a_name(tmp_path):
    """An empty host is no way to say `0.0.0.0`."""
    (said,) = mistakes(tmp_path, f"[server]\nhost = ''\n{SITE}")

    assert said == "server.host: must have a length >= 1, got ''"


@pytest.mark.parametrize(
    ("table", "name", "least"),
    [
        ("windows", "hesitation_s", ">= 1"),
        ("learner", "session_decisions", ">= 1"),
        ("learner", "session_labels", ">= 1"),
        ("learner", "max_move", "> 0"),
        ("learner", "max_move_per_day", "> 0"),
    ],
)
def test_nothing_learned(tmp_path, table, name, least):
    """Labels without a horizon, and models that nothing reaches or that never move."""
    (said,) = mistakes(tmp_path, f"{SITE}[sites.{table}]\n{name} = 0\n")

    assert said == f"sites[0].{table}.{name}: must be {least}, got 0"


@pytest.mark.parametrize("name", ["raw_days", "decision_days"])
def test_gone_before_it_is_settled(tmp_path, name):
    """What the long close looks at must still be there: decisions, and visits."""
    (said,) = mistakes(tmp_path, f"[retention]\n{name} = 6\n{SITE}")

    assert said == f"retention.{name}: must be >= 7, until the last long_close_s, got 6"


def test_trial_that_goes_back(tmp_path):
    """A challenger's share never falls, and it is waited for until it can be judged."""
    text = "canary_share = 0.3\nhalf_share = 0.2\npatience_decisions = 500\n"
    found = mistakes(tmp_path, f"{SITE}[sites.promotion]\n{text}")

    assert found == [
        f"sites[0].promotion.{said}"
        for said in (
            "ramp_share: must be >= canary_share 0.3, got 0.25",
            "half_share: must be >= ramp_share 0.25, got 0.2",
            "patience_decisions: must be >= least_decisions 1000, got 500",
        )
    ]
