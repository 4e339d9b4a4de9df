import orjson
import pytest

from engage.cli import main
from tests.unit.cli.simulated import simulated_data


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Return a data directory of 40 simulated visitors; read-only."""
    return simulated_data(tmp_path_factory.mktemp("data"))


def test_result_for_machines(data, tmp_path, capsys):
    """`--json` tells what was exported, as one line on standard output."""
    out = tmp_path / "export"
    place = ["--data", f"{data}", "--out", f"{out}"]

    code = main(["export", *place, "--format", "ndjson", "--json"])

    told = orjson.loads(capsys.readouterr().out)
    assert (code, told["out"], told["format"]) == (0, f"{out}", "ndjson")
    assert told["rows"]["decisions"] > 0


def test_result_for_people(data, tmp_path, capsys):
    """Rows by table, and where the columns are documented."""
    main(["export", "--data", f"{data}", "--out", f"{tmp_path}", "--format", "ndjson"])

    told = capsys.readouterr().out
    assert "decisions " in told
    assert "docs/EXPORT.md" in told


def test_unknown_table_is_wrong_use(data, tmp_path, capsys):
    """A table that does not exist is exit code 2, with those that do."""
    with pytest.raises(SystemExit) as ended:
        main(["export", "--data", f"{data}", "--out", f"{tmp_path}", "--tables", "x"])

    assert ended.value.code == 2
    assert "must be of decisions, outcomes" in capsys.readouterr().err


def test_missing_journal_is_wrong_use(tmp_path, capsys):
    """A directory without a journal is exit code 2, and named."""
    code = main(["export", "--data", f"{tmp_path}", "--out", f"{tmp_path / 'out'}"])

    assert code == 2
    assert f"{tmp_path / 'journal.sqlite'} does not exist" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["evaluate", "lift"])
def test_export_is_a_log(data, tmp_path, capsys, command):
    """A command that takes a log gives the same answer for its export."""
    main(["export", "--data", f"{data}", "--out", f"{tmp_path}", "--json"])
    capsys.readouterr()
    arguments = ["--policy", "uniform"] if command == "evaluate" else []
    answers = []
    for log in (data, tmp_path):
        main([command, f"{log}", *arguments, "--json"])
        answers.append(orjson.loads(capsys.readouterr().out))

    assert essence(answers[0]) == essence(answers[1])


def essence(answer):
    """Return what must not depend on where a log was read from."""
    if "parts" in answer:
        return answer["parts"][0]["logged"], answer["parts"][0]["weighing"]
    whole = answer["pk_demo"]["all"]
    return whole["metrics"], whole["treatment"], whole["holdout"]
