"""What a build of the image is sent."""

from tests.deploy.operators import ROOT


def test_image_is_made_of_nothing_else():
    """A build is sent what it copies: no data directory, configuration or key."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copies = [one.split()[1:-1] for one in lines if one.startswith("COPY")]
    own = {name for names in copies for name in names if "--from" not in names[0]}
    first, *rest = [
        one
        for one in (ROOT / ".dockerignore").read_text().splitlines()
        if not one.startswith("#")
    ]

    assert first == "*"
    assert {one[1:] for one in rest if one.startswith("!")} == own
