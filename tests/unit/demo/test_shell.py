import re
from html.parser import HTMLParser

import pytest

from engage.demo.catalogue import CATEGORIES, PRODUCTS
from engage.demo.shell import ASSETS, page_kind, shell

SCRIPTS = sorted(ASSETS.glob("*.js"))
PAGES = [
    ("/", "home"),
    ("/list/guitars", "list"),
    ("/search?q=x", "search"),
    ("/p/gtr-luv", "product"),
    ("/cart", "cart"),
    ("/checkout", "checkout"),
    ("/checkout?step=shipping", "checkout"),
    ("/checkout?step=payment&lang=en", "payment"),
    ("/thanks", "thanks"),
    ("/help/size-guide", "content"),
]


class Tags(HTMLParser):
    """Collects start tags with their attributes."""

    def __init__(self, html):
        """Parse the document."""
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        """Keep one tag."""
        self.found.append((tag, dict(attrs)))


def sdk_tag(html):
    """Return the attributes of the one tag that integrates engage."""
    (tag,) = [a for _, a in Tags(html).found if a.get("src") == "/sdk/engage.js"]
    return tag


@pytest.mark.parametrize(("url", "kind"), PAGES)
def test_page_kinds(url, kind):
    """The server writes the kind of page where the SDK reads it."""
    answer = shell(url)

    assert answer.status == 200
    assert page_kind(url) == kind
    assert f'data-engage-page="{kind}"' in answer.html


def test_every_product_and_shelf_has_a_page():
    """Each product and each category can be opened."""
    urls = [f"/p/{item.item_id}" for item in PRODUCTS]
    urls += [f"/list/{category.id}" for category in CATEGORIES]

    assert {shell(url).status for url in urls} == {200}


@pytest.mark.parametrize("url", ["/p/nothing", "/list/", "/checkout?step=x", "/help/x"])
def test_missing_page(url):
    """A URL the shop does not have is a 404 of kind other."""
    answer = shell(url)

    assert answer.status == 404
    assert 'data-engage-page="other"' in answer.html


@pytest.mark.parametrize(
    ("query", "language"), [("", "de"), ("?lang=en", "en"), ('?lang="><script>', "de")]
)
def test_language(query, language):
    """Document and SDK tag carry the language asked for, from a closed list."""
    html = shell(f"/{query}").html

    assert f'<html lang="{language}"' in html
    assert sdk_tag(html)["data-locale"] == language


def test_integration_is_one_tag():
    """The shop integrates engage by one async tag with manual consent."""
    tag = sdk_tag(shell("/").html)

    assert "async" in tag
    assert tag["data-site"] == "pk_demo"
    assert tag["data-consent"] == "manual"


def test_no_inline_code():
    """The document has no inline script, style, handler or foreign address."""
    html = shell("/").html
    tags = Tags(html).found

    assert all("src" in a for tag, a in tags if tag == "script")
    assert not [tag for tag, a in tags if tag == "style" or "style" in a]
    assert not re.search(r"\son\w+=|https?://", html)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_imports_exist(script):
    """Every module a script imports is shipped beside it."""
    names = re.findall(r"from '\./([\w.]+)'", script.read_text(encoding="utf-8"))

    assert all((ASSETS / name).is_file() for name in names)


def test_words_match_in_both_languages():
    """German and English have the same keys and the same placeholders."""

    def words(language):
        text = (ASSETS / f"words.{language}.js").read_text(encoding="utf-8")
        pairs = re.findall(r"^  '([\w.-]+)': '(.*)',$", text, flags=re.MULTILINE)
        return {key: sorted(re.findall(r"\{\w+\}", value)) for key, value in pairs}

    assert words("de") == words("en")
    assert len(words("de")) > 100


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_no_markup_from_strings(script):
    """No script parses markup, evaluates text or writes style attributes."""
    code = script.read_text(encoding="utf-8")
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|\bstyle: "
        r".[a-z-]+:"
    )

    assert re.search(forbidden, code) is None
