import hashlib
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

from engage.demo.catalogue import PRODUCTS
from engage.demo.drawings import drawing
from engage.errors import NotFound

SVG = "{http://www.w3.org/2000/svg}"
NAMES = [
    f"{item.item_id}--{number}"
    for item in PRODUCTS
    for number in range(len(item.variants))
]


def parsed(name):
    """Return the root element of a picture."""
    return ET.fromstring(drawing(name))  # noqa: S314 - our own text, not untrusted


@pytest.mark.parametrize("name", NAMES)
def test_well_formed(name):
    """Every variant's picture is well-formed SVG with a title and two close-ups."""
    root = parsed(name)

    assert root.tag == f"{SVG}svg"
    assert root.get("viewBox") == "0 0 480 480"
    assert root.findtext(f"{SVG}title")
    assert [view.get("id") for view in root.iter(f"{SVG}view")] == [
        "detail-1",
        "detail-2",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_passes_a_strict_policy(name):
    """A picture holds no style, no script, no handler and loads nothing."""
    for element in parsed(name).iter():
        assert element.tag not in {f"{SVG}style", f"{SVG}script", f"{SVG}image"}
        assert not {key for key in element.attrib if key.startswith(("on", "style"))}
        assert not any("//" in value for value in element.attrib.values())


@pytest.mark.parametrize("name", NAMES)
def test_paints_and_clips_exist(name):
    """Every gradient, pattern, clip and filter that is used is also defined."""
    root = parsed(name)
    defined = [element.get("id") for element in root.iter() if element.get("id")]
    used = {
        value[5:-1]
        for element in root.iter()
        for value in element.attrib.values()
        if value.startswith("url(#")
    }

    assert used <= set(defined)
    assert len(defined) == len(set(defined))


def test_pictures_differ():
    """No two products or variants look the same."""
    assert len({drawing(name) for name in NAMES}) == len(NAMES)


def test_same_bytes_in_another_process():
    """A picture does not depend on the process that draws it."""
    code = (
        "import hashlib\n"
        "from engage.demo.catalogue import PRODUCTS\n"
        "from engage.demo.drawings import drawing\n"
        "text = ''.join(drawing(p.item_id) for p in PRODUCTS)\n"
        "print(hashlib.sha256(text.encode()).hexdigest())\n"
    )
    other = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    here = "".join(drawing(item.item_id) for item in PRODUCTS)

    assert other.stdout.strip() == hashlib.sha256(here.encode()).hexdigest()


def test_unknown_variant():
    """A variant beyond the last is refused, with the limit."""
    with pytest.raises(NotFound, match=r"^variant of gtr-luv must be 0 to 2, got '3'$"):
        drawing("gtr-luv--3")


def test_small_enough_to_serve():
    """No picture is larger than a small photograph: 16 KiB."""
    assert max(len(drawing(name).encode()) for name in NAMES) <= 16 * 1024
