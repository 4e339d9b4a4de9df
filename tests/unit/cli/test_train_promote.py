"""`engage train` and `engage promote` as an operator calls them."""

import asyncio

import orjson
import pytest

from engage.cli import main
from engage.learning.candidates import Candidate
from engage.learning.trials.orders import FOLDER, Order
from engage.stores.journal.files import JOURNAL_FILE
from engage.stores.journal.sqlite import SqliteJournal
from engage.stores.records import Record
from tests.unit.learning.builders import settings, traffic
from tests.unit.street.builders import LONG_S, NOW_S, SITE, open_shop


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """Return a data directory with a little traffic, and a candidate from it."""
    path = tmp_path_factory.mktemp("log")

    async def fill():
        shop = await open_shop(path, settings())
        await shop.stock()
        await traffic(shop, 8, seed=1)
        await shop.wait(LONG_S)
        shop.close()

    asyncio.run(fill())
    return path


def trained(log, path, recipe="", *more):
    """Run `engage train` on a recipe and return its exit code and target."""
    (path / "recipe.toml").write_text(recipe)
    out = path / "candidate.json"
    command = ["train", str(log), "--recipe", str(path / "recipe.toml")]
    return main([*command, "--out", str(out), *more]), out


def test_train(log, tmp_path, capsys):
    """A candidate is written, and the figures of a sweep are told."""
    recipe = '[sweep]\n"policy.gamma_c" = [5.0, 10.0]'
    code, out = trained(log, tmp_path, recipe, "--json")
    told = orjson.loads(capsys.readouterr().out)
    candidate = Candidate.decode(out.read_bytes())

    assert code == 0
    assert told["candidate"] == candidate.id
    assert [one["changes"]["policy.gamma_c"] for one in told["sweep"]] == [5.0, 10.0]
    assert candidate.card["seed"] == 0
    assert len(candidate.card["log"]["sha256"]) == 64


def test_train_shows_a_table(log, tmp_path, capsys):
    """Without --json a table of losses is shown, and what was written."""
    code, out = trained(log, tmp_path)
    said = capsys.readouterr().out

    assert code == 0
    assert "gain" in said
    assert f"wrote {out}" in said.replace("\n", "")


def test_wrong_recipe(log, tmp_path, capsys):
    """A mistake in a recipe is named like one in a configuration; exit code 2."""
    code, out = trained(log, tmp_path, "[learner]\ndiscount = 2")

    assert code == 2
    assert "learner.discount: must be <= 1, got 2" in capsys.readouterr().err
    assert not out.exists()


def test_missing_recipe(log, tmp_path, capsys):
    """A recipe that is not there is named; exit code 2."""
    missing = str(tmp_path / "no.toml")
    out = str(tmp_path / "c.json")

    assert main(["train", str(log), "--recipe", missing, "--out", out]) == 2
    assert "no.toml cannot be read" in capsys.readouterr().err


def test_promote_hands_over(log, tmp_path, capsys):
    """A candidate lies where the service takes it up, with the operator's reason."""
    _, out = trained(log, tmp_path)
    where = ["--data", str(log)]
    assert main(["promote", str(out), *where, "--force", "--why", "a test"]) == 0
    (file,) = (log / FOLDER).glob("*.json")
    order = Order(**orjson.loads(file.read_bytes()))
    file.unlink()

    assert (order.what, order.site, order.is_forced) == ("try", SITE, True)
    assert order.why == "a test"
    assert Candidate.decode(order.candidate.encode()).site == SITE
    assert "handed candidate" in capsys.readouterr().out


@pytest.mark.parametrize("what", ["withdraw", "force"])
def test_order_about_the_present_trial(log, what, capsys):
    """To end the trial, or to let it go on, is handed over the same way."""
    where = ["--data", str(log)]
    assert main(["promote", *where, f"--{what}", "--why", "enough"]) == 0
    assert main(["promote", *where]) == 0
    assert f"{SITE}.{what} waits for the service" in capsys.readouterr().err
    (file,) = (log / FOLDER).glob("*.json")
    order = Order(**orjson.loads(file.read_bytes()))
    file.unlink()

    assert (order.what, order.why) == (what, "enough")


@pytest.mark.parametrize("option", ["--force", "--withdraw"])
def test_reason_is_needed(log, option, capsys):
    """An override without a reason is refused."""
    assert main(["promote", "--data", str(log), option]) == 2
    assert "need --why TEXT, got none" in capsys.readouterr().err


def test_status_of_a_site_that_is_not_there(log, capsys):
    """A slip of the pen in the site is no trial that never was."""
    assert main(["promote", "--data", str(log), "--site", "pk_dmeo"]) == 2
    assert f"site must be of {SITE}, got 'pk_dmeo'" in capsys.readouterr().err


def test_torn_candidate(log, tmp_path, capsys):
    """A file that is no candidate is refused before it is handed over."""
    (tmp_path / "c.json").write_text("{}")

    assert main(["promote", str(tmp_path / "c.json"), "--data", str(log)]) == 2
    assert "candidate is unreadable" in capsys.readouterr().err
    assert not list((log / FOLDER).glob("*.json"))


def test_candidate_that_does_not_fit(log, tmp_path, capsys):
    """What the service would refuse is refused at once, with the reason."""
    _, out = trained(log, tmp_path, 'outcome = "click"')

    assert main(["promote", str(out), "--data", str(log)]) == 2
    assert "outcome must be 'order', as the shop's" in capsys.readouterr().err
    assert not list((log / FOLDER).glob("*.json"))


def test_status(log, capsys):
    """Transitions are told from the journal, oldest first."""
    where = ["--data", str(log)]
    assert main(["promote", *where]) == 0
    assert capsys.readouterr().out == "no candidate was ever tried\n"
    body = {
        "candidate": "c1",
        "from": "canary",
        "to": "ramp",
        "share": 0.25,
        "why": "guardrails hold",
        "evidence": {
            "gain": {"difference": 0.1, "se": 0.02, "n": 9},
            "arms": {
                "surrogate": {"difference": -0.2, "se": 0.05, "visitors": [40, 60]},
                "value": {"difference": 0.0, "se": 0.0, "visitors": [0, 3]},
            },
        },
    }
    journal = SqliteJournal(log / JOURNAL_FILE)
    journal.append_now(
        Record(kind="promoted", site=SITE, key="c1", at_s=NOW_S, body=body)
    )
    journal.close()

    assert main(["promote", *where]) == 0
    said = capsys.readouterr().out.replace("\n", " ")
    assert "c1  canary -> ramp (25% of visitors): guardrails hold" in said
    assert "gain +0.1000 (se 0.0200) a decision, on 9; " in said
    assert "arms -0.2000 (se 0.0500) a visitor, on 40 against 60" in said
    assert "value" not in said
    assert main(["promote", *where, "--json"]) == 0
    assert orjson.loads(capsys.readouterr().out)[0]["to"] == "ramp"
