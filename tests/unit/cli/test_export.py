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
    assert f"got {tmp_path}: it holds no journal.sqlite" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["evaluate", "lift"])
def test_export_is_a_log(data, tmp_path, capsys, command):
    """A command that takes a log gives the same answer for its export."""
    main(["export", "--data", f"{data}", "--out", f"{tmp_path}", "--json"])
    capsys.readouterr()
    arguments = ["--policy", "uniform"] if command == "evaluate" else []
    answers = []
    for log in (data, tmp_path):
        main([command, f"{log}", *arguments, "--json"])
        told = capsys.readouterr()
        answers.append(orjson.loads(told.out))
        # How far it has come is told beside the answer.
        assert {"lift": "records", "evaluate": "decisions"}[command] in told.err

    assert essence(answers[0]) == essence(answers[1])


def test_snapshots_of_an_export(data, tmp_path, capsys):
    """With `--snapshots` an export knows its models; each is written once."""
    place = ["export", "--data", f"{data}", "--out", f"{tmp_path}", "--snapshots"]
    written = []
    for _ in range(2):
        main([*place, "--json"])
        written.append(orjson.loads(capsys.readouterr().out)["snapshots"])
    answers = []
    for log in (data, tmp_path):
        main(["evaluate", f"{log}", "--policy", "snapshot:1", "--json"])
        answers.append(orjson.loads(capsys.readouterr().out))

    assert written[0] > 1
    assert written[1] == 0
    assert answers[0]["policy"] == answers[1]["policy"] == "snapshot:1"
    assert essence(answers[0]) == essence(answers[1])


@pytest.mark.parametrize("command", ["evaluate", "lift"])
def test_simulation_is_called_one(data, capsys, command):
    """Whoever asks for a number of a simulated log is told what it is."""
    arguments = ["--policy", "uniform"] if command == "evaluate" else []
    main([command, f"{data}", *arguments, "--json"])

    assert "simulation" in capsys.readouterr().err


def essence(answer):
    """Return what must not depend on where a log was read from."""
    if "parts" in answer:
        return answer["parts"][0]["logged"], answer["parts"][0]["weighing"]
    whole = answer["pk_demo"]["all"]
    return whole["metrics"], whole["treatment"], whole["holdout"]
