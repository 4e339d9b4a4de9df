"""Secrets come from the environment or from files, are strong, and are never shown."""

import stat

import pytest

from engage.config import (
    admin_token,
    admin_token_place,
    load,
    own_secret,
    reader_token,
    server_key,
)
from engage.errors import ConfigError

KEY = "sk_0123456789abcdef"
ENVIRONMENT = {"ENGAGE_PK_1_SERVER_KEY": KEY}
SITE = '[[sites]]\nkey = "pk_1"\n'


def written(folder, text):
    """Return the path of a configuration with this text."""
    path = folder / "engage.toml"
    path.write_text(text)
    return path


def mistakes(folder, text, *, environment):
    """Return what is wrong with a configuration, without the file's name."""
    path = written(folder, text)
    with pytest.raises(ConfigError) as refused:
        load(path, environment=environment)
    return [one.removeprefix(f"{path}: ") for one in refused.value.mistakes]


def test_made_salt_is_kept(tmp_path):
    """A salt that nobody gave is made once, long, and readable by its owner only."""
    path = written(tmp_path, SITE)
    first, again = (load(path, environment=ENVIRONMENT) for _ in range(2))
    file = tmp_path / "engage-data" / "pk_1.salt"

    assert first.secrets["pk_1"].salt == again.secrets["pk_1"].salt
    assert len(first.secrets["pk_1"].salt) == 64
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == ["pk_1.salt"]


def test_secrets_from_files(tmp_path):
    """Keys may lie in files beside the configuration; the environment wins."""
    (tmp_path / "key").write_text("sk_from_a_file_of_its_own\n")
    (tmp_path / "salt").write_text("0123456789abcdef\n")
    text = SITE + 'server_key_file = "key"\nsalt_file = "salt"'
    path = written(tmp_path, text)
    plain = load(path, environment={}).secrets["pk_1"]
    other = load(path, environment=ENVIRONMENT).secrets["pk_1"]

    assert plain.server_key == "sk_from_a_file_of_its_own"
    assert plain.salt == other.salt == b"0123456789abcdef"
    assert other.server_key == KEY


SECRETS = [
    (
        {},
        "sites.pk_1: needs a server key: set ENGAGE_PK_1_SERVER_KEY or server_key_file",
    ),
    (
        {"ENGAGE_PK_1_SERVER_KEY": "short"},
        "sites.pk_1.server_key: must have >= 16 characters, got 5",
    ),
    (
        {"ENGAGE_PK_1_SERVER_KEY": KEY, "ENGAGE_PK_1_OLD_SERVER_KEY": "short"},
        "sites.pk_1.old_server_key: must have >= 16 characters, got 5",
    ),
    (
        {"ENGAGE_PK_1_SERVER_KEY": KEY, "ENGAGE_PK_1_OLD_SERVER_KEY": KEY},
        "sites: must have a server key each, got the same one twice: pk_1",
    ),
    (
        {"ENGAGE_PK_1_SERVER_KEY": KEY, "ENGAGE_PK_1_SALT": "short"},
        "sites.pk_1.salt: must have >= 16 bytes, got 5",
    ),
]


@pytest.mark.parametrize(("environment", "said"), SECRETS)
def test_weak_secrets(tmp_path, environment, said):
    """Missing and guessable secrets are refused, and never repeated."""
    found = mistakes(tmp_path, SITE, environment=environment)

    assert found == [said]
    assert "short" not in said


def test_two_keys(tmp_path):
    """While a key is changed the former one is known beside it, from either place."""
    (tmp_path / "old").write_text("sk_the_former_one_\n")
    path = written(tmp_path, SITE + 'old_server_key_file = "old"')
    from_file = load(path, environment=ENVIRONMENT).secrets["pk_1"]
    given = {**ENVIRONMENT, "ENGAGE_PK_1_OLD_SERVER_KEY": "sk_from_environment"}
    other = load(path, environment=given).secrets["pk_1"]

    assert from_file.server_keys == (KEY, "sk_the_former_one_")
    assert other.server_keys == (KEY, "sk_from_environment")


def test_missing_secret_file(tmp_path):
    """A key file that is not there is the only thing said about that key."""
    found = mistakes(tmp_path, SITE + 'server_key_file = "none"', environment={})

    assert found == [
        "sites.pk_1.server_key_file: cannot be read: No such file or directory"
    ]


def test_shared_server_key(tmp_path):
    """Two shops with one key would read each other's log."""
    same = {"ENGAGE_PK_1_SERVER_KEY": KEY, "ENGAGE_PK_2_SERVER_KEY": KEY}
    found = mistakes(tmp_path, SITE + '[[sites]]\nkey = "pk_2"', environment=same)

    said = "must have a server key each, got the same one twice: pk_1 and pk_2"
    assert found == [f"sites: {said}"]


def test_an_old_key_that_is_another_shops(tmp_path):
    """`pk_1`'s old key and the key of `pk_1_old` have one variable: both are named."""
    same = {**ENVIRONMENT, "ENGAGE_PK_1_OLD_SERVER_KEY": "sk_of_the_other_shop"}
    found = mistakes(tmp_path, SITE + '[[sites]]\nkey = "pk_1_old"', environment=same)

    said = "must have a server key each, got the same one twice: pk_1 and pk_1_old"
    assert found == [f"sites: {said}"]


def test_secrets_are_not_shown(tmp_path):
    """No representation of the settings holds a secret."""
    settings = load(written(tmp_path, SITE), environment=ENVIRONMENT)

    assert KEY not in repr(settings)
    assert settings.secrets["pk_1"].salt.decode() not in repr(settings)


def test_own_secret(tmp_path):
    """An empty secret file is refused, not used; so is one that cannot be written."""
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match="must hold a secret, it is empty"):
        own_secret(tmp_path / "empty")
    with pytest.raises(ConfigError, match="cannot be kept: "):
        own_secret(tmp_path / "file" / "salt")


def test_admin_token(tmp_path):
    """The operators' token is given, or made once; where it is found can be told."""
    token = "t" * 16
    given = admin_token(tmp_path, environment={"ENGAGE_ADMIN_TOKEN": token})
    made = admin_token(tmp_path, environment={})
    places = [
        admin_token_place(tmp_path, environment=one)
        for one in ({"ENGAGE_ADMIN_TOKEN": token}, {})
    ]

    assert given == token
    assert places == ["ENGAGE_ADMIN_TOKEN", str(tmp_path / "admin.token")]
    assert made == admin_token(tmp_path, environment={}) != token
    with pytest.raises(ConfigError, match="ENGAGE_ADMIN_TOKEN: must have >= 16"):
        admin_token(tmp_path, environment={"ENGAGE_ADMIN_TOKEN": "t" * 15})


def test_server_key_of_a_command(tmp_path):
    """A command's key comes from a file or the environment, else it says so."""
    (tmp_path / "key").write_text("sk_1\n")

    assert server_key(tmp_path / "key", environment={}) == "sk_1"
    assert server_key(None, environment={"ENGAGE_SERVER_KEY": "sk_2"}) == "sk_2"
    with pytest.raises(ConfigError, match="needs a server key"):
        server_key(None, environment={})
    with pytest.raises(ConfigError, match="cannot be read"):
        server_key(tmp_path / "none", environment={})


def test_reader_token():
    """Readers come in with a token of the environment; without one there are none."""
    token = "only for looking"

    assert reader_token(environment={"ENGAGE_READER_TOKEN": token}) == token
    assert reader_token(environment={}) is None


def test_reader_token_that_can_be_guessed():
    """A short token for readers is refused."""
    with pytest.raises(ConfigError, match=r"ENGAGE_READER_TOKEN: must have >= 16"):
        reader_token(environment={"ENGAGE_READER_TOKEN": "short"})


def test_reader_token_that_operates():
    """Readers with the operators' token could do everything: it is refused."""
    same = dict.fromkeys(("ENGAGE_ADMIN_TOKEN", "ENGAGE_READER_TOKEN"), "t" * 16)

    with pytest.raises(ConfigError, match="READER_TOKEN: must differ from ENGAGE_ADM"):
        reader_token(environment=same)
