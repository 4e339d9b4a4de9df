"""The HTML every page of the demo shop starts from, by URL.

One file, `shop/index.html`, serves all pages; the module in it renders by location.
What a third-party script must be able to read before that module runs, the server
writes: the language, the kind of page and `data-locale` of the SDK's tag.
"""

# Rules of this file: no web framework; the template is read once; nothing from the URL
# reaches the HTML except values from closed lists.

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from engage.demo.catalogue import CATEGORIES, PRODUCTS

# Served under /shop/, after the routes that engage.demo.catalogue documents.
ASSETS = Path(__file__).parent / "shop"

# The shop runs under it without a violation; send it with every page.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'"
)

LANGUAGES = ("de", "en")

_TEMPLATE = (ASSETS / "index.html").read_text(encoding="utf-8")
_FIXED = {"/": "home", "/search": "search", "/cart": "cart", "/thanks": "thanks"}
_STEPS = {"": "checkout", "shipping": "checkout", "payment": "payment"}
_PAGES = (
    {f"/list/{category.id}": "list" for category in CATEGORIES}
    | {f"/p/{item.item_id}": "product" for item in PRODUCTS}
    | {f"/help/{topic}": "content" for topic in ("size-guide", "returns", "shipping")}
    | _FIXED
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """An answer to a page request.

    Attributes:
        status: 200, or 404 for a URL the shop does not have.
        html: the document.
    """

    status: int
    html: str


def page_kind(url: str) -> str | None:
    """Return the kind of page at a path with query, None where there is none.

    >>> page_kind("/checkout?step=payment"), page_kind("/p/gtr-luv?lang=en")
    ('payment', 'product')
    >>> page_kind("/p/unheard-of") is None
    True
    """
    parts = urlsplit(url)
    if parts.path == "/checkout":
        return _STEPS.get(parse_qs(parts.query).get("step", [""])[0])
    return _PAGES.get(unquote(parts.path))


def shell(url: str, *, reads: str = "") -> Shell:
    """Return the page for a path with query, in the language of `?lang=de|en`.

    Args:
        url: for example `/list/shoes?lang=en`.
        reads: what the browser prefers (Accept-Language), where the address names no
            language: English for all who do not prefer German.

    >>> shell("/cart").status, shell("/nowhere").status
    (200, 404)
    >>> [shell("/", reads=one).html.count('lang="en"') for one in ("de-AT,en", "fr,de")]
    [0, 1]
    """
    kind = page_kind(url)
    asked = parse_qs(urlsplit(url).query).get("lang", [""])[0]
    preferred = LANGUAGES[bool(reads) and not reads.lower().startswith("de")]
    language = asked if asked in LANGUAGES else preferred
    html = (
        _TEMPLATE.replace('lang="de"', f'lang="{language}"', 1)
        .replace('data-engage-page="home"', f'data-engage-page="{kind or "other"}"', 1)
        .replace('data-locale="de"', f'data-locale="{language}"', 1)
    )
    return Shell(status=200 if kind else 404, html=html)
