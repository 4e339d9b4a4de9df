"""A small simulated data directory, made by the command itself."""

from engage.cli import main


def simulated_data(folder, visitors=40):
    """Return a data directory of so many simulated visitors, seed 3."""
    data = folder / "sim"
    code = main(
        ["simulate", "--out", f"{data}", "--visitors", f"{visitors}", "--seed", "3"]
    )
    assert code == 0
    return data
