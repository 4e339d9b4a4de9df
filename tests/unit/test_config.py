"""A configuration is read whole, or refused with everything that is wrong with it."""

import subprocess
import sys
from pathlib import Path

import pytest

from engage.cli.check import mistakes_of
from engage.config import load
from engage.errors import ConfigError

ROOT = Path(__file__).parents[2]
KEY = "sk_0123456789abcdef"
ENVIRONMENT = {"ENGAGE_PK_1_SERVER_KEY": KEY, "ENGAGE_PK_2_SERVER_KEY": KEY + "2"}
SITE = '[[sites]]\nkey = "pk_1"\n'


def written(folder, text):
    """Return the path of a configuration with this text."""
    path = folder / "engage.toml"
    path.write_text(text)
    return path


def mistakes(folder, text, *, environment=None, **options):
    """Return what is wrong with a configuration, without the file's name."""
    path = written(folder, text)
    with pytest.raises(ConfigError) as refused:
        load(
            path,
            environment=ENVIRONMENT if environment is None else environment,
            **options,
        )
    return [one.removeprefix(f"{path}: ") for one in refused.value.mistakes]


# What is wrong, and what is said about it.
WRONG = [
    (
        "[retention]\ndecision_days = 6\n" + SITE,
        ["retention.decision_days: must be >= 7, until the last long_close_s, got 6"],
    ),
    (
        SITE
        + "[[sites.hooks]]\nid = 'a'\nurl = 'http://crm.example/'\n"
        + "[[sites.hooks]]\nid = 'a'\nurl = 'https://me:pw@crm.example/'\ntells = []\n"
        + "[[sites.hooks]]\nid = 'b'\nurl = 'https://crm.example:x/'\ntells = ['all']\n"
        + "[[sites.hooks]]\nid = 'c'\nurl = 'https://crm..example/'",
        [
            "sites[0].hooks[1].tells: must have a length >= 1, got []",
            "sites[0].hooks[2].tells: [0] must be 'checkout_left' or",
            "sites[0].hooks: must be unique, got 'a' 2 times",
            "sites[0].hooks[0].url: must be https://..., or http:// on this machine,",
            "sites[0].hooks[1].url: must be https://..., or http:// on this machine,",
            "sites[0].hooks[2].url: must be https://..., or http:// on this machine,",
            "sites[0].hooks[3].url: must be https://..., or http:// on this machine,",
        ],
    ),
    ("", ["sites: must hold at least one site, got none"]),
    ("sites = 3", ["sites: must be a list of tables, got 3"]),
    ("sites = [1]", ["sites[0]: must be a table, got 1"]),
    ("server = 3\n" + SITE, ["server: must be a table, got 3"]),
    ("sever = 3\n" + SITE, ["sever: is no setting; did you mean 'server'?"]),
    ("[secrets]\npk_1 = 'x'\n" + SITE, ["secrets: is no setting"]),
    ("[[sites]]", ["sites[0].key: is required"]),
    (
        "[[sites]]\nkey = 'pk 1'",
        ["sites[0].key: must match ^[A-Za-z0-9_.:-]{1,64}\\Z, got 'pk 1'"],
    ),
    (
        "[server]\nport = 70000\n" + SITE,
        ["server.port: must be <= 65535, got 70000"],
    ),
    (
        "[server]\nport = '80'\n" + SITE,
        ["server.port: must be a whole number, got '80'"],
    ),
    (
        "[server]\nport = 80.5\n" + SITE,
        ["server.port: must be a whole number, got 80.5"],
    ),
    (
        "[server]\nadmin = '9464'\n" + SITE,
        ["server.admin: must be HOST:PORT, got '9464'"],
    ),
    (
        "[server]\nadmin = 'localhost:99999'\n" + SITE,
        ["server.admin: must be HOST:PORT, got 'localhost:99999'"],
    ),
    (
        "[server]\nredis_url = 'reddis://:secret@cache:6379/0'\n" + SITE,
        [
            "server.redis_url: must begin with redis:// or rediss:// or unix://, got "
            + repr("reddis")
        ],
    ),
    (
        "[server]\nredis_url = 'redis://:hun/ter2@cache:6379/0'\n" + SITE,
        ["server.redis_url: must write / ? # in a password as %2F %3F %23"],
    ),
    (
        "[server]\ntrusted_proxies = ['10.0.0.1/8', 'proxy']\n" + SITE,
        [
            "server.trusted_proxies: must be networks such as 10.0.0.0/8, "
            f"got {network!r}"
            for network in ("10.0.0.1/8", "proxy")
        ],
    ),
    (
        SITE + "mode = 'fast'",
        ["sites[0].mode: must be 'shadow' or 'rules' or 'learned'"],
    ),
    (
        SITE + "server_key = 'x'",
        ["sites[0].server_key: is no setting"],
    ),
    (
        SITE + "time_zone = 'Mars'",
        ["sites[0].time_zone: must be an IANA zone, got 'Mars'"],
    ),
    (
        SITE + "time_zone = 'Europe'",
        ["sites[0].time_zone: must be an IANA zone, got 'Europe'"],
    ),
    (
        SITE + "time_zone = '../etc/passwd'",
        ["sites[0].time_zone: must be an IANA zone, got '../etc/passwd'"],
    ),
    (
        SITE + "origins = ['null', 'https://a.example/', 'https://b.example:443']",
        [
            "sites[0].origins: must be scheme://host[:port], got 'null'",
            "sites[0].origins: must be scheme://host[:port], got 'https://a.example/'",
            "sites[0].origins: must leave out the scheme's own port, as browsers do,",
        ],
    ),
    (
        SITE + "[sites.holdout]\nshare = 1.2\nday = 3",
        [
            "sites[0].holdout.day: is no setting; did you mean 'days'?",
            "sites[0].holdout.share: must be <= 1, got 1.2",
        ],
    ),
    (
        SITE + "[sites.windows]\nshort_close_s = 900\nlong_close_s = 900",
        ["sites[0].windows.long_close_s: must be > short_close_s 900, got 900"],
    ),
    (
        SITE + "[sites.windows]\nshort_close_s = 0\nsession_idle_s = 900",
        [
            "sites[0].windows.short_close_s: must be >= 1, got 0",
            "sites[0].windows.session_idle_s: must be >= short_close_s 1800, got 900",
        ],
    ),
    (
        SITE + "[sites.moments]\nnear_share = 1",
        ["sites[0].moments.near_share: must be < 1, got 1"],
    ),
    (
        # Half for exploring, a quarter of it for `none`: nine tenths are not left.
        SITE
        + "[sites.policy]\nfloor = 0.5\nepsilon = 1\nnone_floor = 0.9\n"
        + "rules_explore = 0.2\n"
        + "".join(
            f"[[sites.interventions]]\nid = '{one}'\nkind = 'help'\n"
            f"options.href = '/{one}'\n"
            for one in "abc"
        ),
        [
            f"sites[0].policy.{name}: must be < 0.13 with 4 actions and "
            f"none_floor 0.9, got {got}"
            for name, got in (("floor", 0.5), ("epsilon", 1))
        ]
        # No smaller one is to be had.
        + ["sites[0].policy.none_floor: must be < 0.85 with 4 actions, for rules_expl"],
    ),
    (
        SITE + "[[sites.rules]]\naction = 'chat'",
        ["sites[0].rules[0].action: must be 'none' or an intervention, got 'chat'"],
    ),
    (
        SITE.replace("pk_1", "pk:1"),
        ["sites[0].key: must not hold a colon, got 'pk:1'"],
    ),
    (SITE + SITE, ["sites: must be unique, got 'pk_1' 2 times"]),
    (
        SITE + "[[sites.interventions]]\nid = 'none'\nkind = 'help'\ntexts = {}",
        ["sites[0].interventions: must not be called 'none'"],
    ),
    (
        SITE + "[[sites.rules]]\naction = 'none'\nmoments = ['boredom']",
        ["sites[0].rules[0].moments: [0] must be 'lingering' or"],
    ),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_mistake(tmp_path, text, said):
    """A mistake is said with its key, its limit and its value."""
    found = mistakes(tmp_path, text)

    assert len(found) == len(said)
    for one, start in zip(found, said, strict=True):
        assert one.startswith(start)


@pytest.mark.parametrize(
    "text",
    [
        SITE + "[[sites.hooks]]\nid = 'a'\nurl = 'https://me:hunter2@crm.example/'\n",
        SITE + "[[sites.hooks]]\nid = 'a'\nurl = 'http://crm.example/?key=hunter2'\n",
        "[server]\nredis_url = 'reddis://:hunter2@cache'\n" + SITE,
        "[server]\nredis_url = 'redis://:/hunter2@cache'\n" + SITE,
    ],
)
def test_addresses_with_secrets_are_not_repeated(tmp_path, text):
    """What is wrong with an address is said without the address."""
    (said,) = mistakes(tmp_path, text)

    assert "hunter2" not in said


def test_all_mistakes_at_once(tmp_path):
    """Form, fit, options of kinds and secrets are complained about in one go."""
    text = f"""[server]
port = -1
{SITE}time_zone = "Mars"
[sites.gates]
cooldown = 3
[[sites.interventions]]
id = "deal"
kind = "discount"
texts = {{}}
options = {{}}
[[sites]]
key = "pk_3"
"""
    found = mistakes(tmp_path, text, also=mistakes_of)

    assert [one.partition(": ")[0] for one in found] == [
        "server.port",
        "sites[0].gates.cooldown",
        "sites[0].time_zone",
        *[one.partition(": ")[0] for one in found if "deal" in one],
        "sites.pk_3",
    ]
    assert any("sites[0].interventions.deal" in one for one in found)


@pytest.mark.parametrize("text", ["x = ", "\x00", "[a]\n[a]"])
def test_no_toml(tmp_path, text):
    """A file that is no TOML is one mistake, and says where."""
    assert mistakes(tmp_path, text)[0].startswith("is no TOML: ")


def test_unreadable(tmp_path):
    """A file that is not there, or is a folder, is a sentence."""
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(ConfigError, match="cannot be read: "):
            load(path, environment={})


def test_defaults_and_paths(tmp_path):
    """What is not said keeps its default; the data directory lies beside the file."""
    settings = load(written(tmp_path, SITE), environment=ENVIRONMENT)

    assert settings.sites[0].holdout.share == 0.2
    assert settings.server.data == str(tmp_path / "engage-data")
    assert settings.secrets["pk_1"].server_key == KEY


def test_data_directory_of_the_command_line(tmp_path):
    """A salt is made in the directory that is really used, and nowhere else."""
    load(written(tmp_path, SITE), environment=ENVIRONMENT, data=tmp_path / "other")

    assert (tmp_path / "other" / "pk_1.salt").exists()
    assert not (tmp_path / "engage-data").exists()


def test_nothing_is_written_by_a_refused_file(tmp_path):
    """A wrong configuration leaves no salt behind; nor does a check."""
    mistakes(tmp_path, SITE + "time_zone = 'Mars'")
    load(written(tmp_path, SITE), environment=ENVIRONMENT, may_write=False)

    assert [one.name for one in tmp_path.iterdir()] == ["engage.toml"]


def test_settings_page_is_up_to_date():
    """docs/SETTINGS.md says what the settings say."""
    script = [sys.executable, str(ROOT / "scripts/settings_table"), "--check"]

    assert subprocess.run(script, cwd=ROOT, check=False).returncode == 0
