from engage.cli import main


def test_link_of_the_demo(capsys):
    """A query is printed that carries the intervention and a token with an end."""
    code = main(["preview", "autumn10", "--demo"])

    query = capsys.readouterr().out.strip()
    assert code == 0
    assert query.startswith("?engage_preview=autumn10&engage_token=1")


def test_unknown_intervention(capsys):
    """An id that is none ends with 2 and names those there are."""
    code = main(["preview", "nothing", "--demo"])

    told = capsys.readouterr().err
    assert code == 2
    assert told.startswith("ID: must be one of chat_guitars, chat_cameras, autumn10")
