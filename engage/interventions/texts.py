"""What a card says: the shop's words, or ours where it wrote none, filled safely.

Plain text only. The browser shows it as text, never as markup; no template shows a
former price, because a reduction that is announced must be computed from the lowest
price of 30 days (Par. 11 PAngV), which this service does not know.
"""

# Rules of this file: pure. One pass fills the placeholders, so that a brace inside a
# product's title is never read as one.

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Final

from engage.settings import TextSettings
from engage.wire.currencies import WHOLE

PLACEHOLDERS: Final = ("title", "price", "percent", "amount", "code", "conditions")
# Where neither the visitor's nor the shop's language has a text of ours.
LAST_LOCALE: Final = "en"
SYMBOLS: Final = {"EUR": "€", "USD": "$", "GBP": "£"}
# A title from a feed may be a paragraph; a card has one line for it.
TITLE_LENGTH: Final = 80
# Every placeholder has a value, so that no brace ever reaches a visitor.
NOTHING_FILLED: Final = dict.fromkeys(PLACEHOLDERS, "")
# After "zu", as in "Fragen zu {title}?".
NO_TITLE: Final = {
    "de": "diesem Produkt",
    "en": "this product",
    "es": "este producto",
    "fr": "ce produit",
    "it": "questo prodotto",
}

# Marks between thousands and before the decimals, by locale or language; all others
# write 1.299,90. Source: CLDR 47, decimal and group symbols, Latin digits.
MARKS: Final = {
    locale: marks
    for marks, locales in {
        (",", "."): "ar bn cy en fa fil ga he hi ja ko ms mt sw ta te th tl ur zh "
        "es-419 es-mx es-us es-pe es-pr es-do es-gt es-hn es-ni es-pa es-sv",
        # A narrow space that does not break.
        ("\u202f", ","): "bg cs et fi fr hu lt lv nb nn no pl pt-pt ru sk sq sv uk",
        ("\u202f", "."): "fr-ch",
        ("'", "."): "de-ch de-li it-ch",
    }.items()
    for locale in locales.split()
}

_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_ANY_BRACES = re.compile(r"\{([^{}]*)\}")
_MARKUP = re.compile(r"<[A-Za-z/!]")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")

Texts = Mapping[str, TextSettings]


def language(locale: str) -> str:
    """Return the language of a locale.

    >>> language("de-AT")
    'de'
    """
    return _tag(locale).partition("-")[0]


def texts_for(
    own: Texts, built_in: Texts, *, locale: str, site_locale: str
) -> tuple[str, TextSettings]:
    """Return the locale and the texts to show to a visitor who reads `locale`.

    The shop's own words win: in the visitor's language, else in the site's; of several
    in one language those nearest to the visitor's locale. Only where it wrote none,
    ours speak. A field left empty is taken from ours in the same language, so that a
    discount always has terms and a disclosure. The locale is the visitor's where the
    texts are in their language.
    """
    table = own or built_in
    wanted = (_nearest(table, one) for one in (locale, site_locale, LAST_LOCALE))
    chosen = next(filter(None, wanted), next(iter(table)))
    ours = built_in.get(language(chosen)) or built_in[LAST_LOCALE]
    is_theirs = language(chosen) == language(locale)
    return locale if is_theirs else chosen, _merged(table[chosen], ours)


def mistakes_in(texts: Texts, *, where: str) -> list[str]:
    """Return what is wrong with the shop's texts: language, markup or placeholders."""
    found = [
        f"{where}.texts: must be by language such as de or de-AT, got {locale!r}"
        for locale in texts
        if not _LOCALE.fullmatch(locale)
    ]
    for locale, text in texts.items():
        for part in fields(text):
            key = f"{where}.texts.{locale}.{part.name}"
            found += _mistakes_of(getattr(text, part.name), key)
        if not text.title.strip():
            found.append(f"{where}.texts.{locale}.title: must not be blank")
    return found


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return `text` with its placeholders replaced by `values`, in one pass.

    An unknown placeholder stays as it is; control characters in a value become a
    space, so that a title from a feed cannot reorder or break the line.

    >>> fill("{title} for {price}", {"title": "A {price}", "price": "9 EUR"})
    'A {price} for 9 EUR'
    """

    def value_of(match: re.Match[str]) -> str:
        value = values.get(match[1])
        return match[0] if value is None else _UNPRINTABLE.sub(" ", value).strip()

    return _ANY_BRACES.sub(value_of, text)


def placeholders_in(text: str) -> list[str]:
    """Return the names in braces, known or not.

    >>> placeholders_in("{title} for {price}")
    ['title', 'price']
    """
    return _ANY_BRACES.findall(text)


def names(texts: Texts, placeholder: str) -> bool:
    """Tell whether any text, in any language, holds a placeholder."""
    said = (
        getattr(text, part.name) for text in texts.values() for part in fields(text)
    )
    return any(placeholder in placeholders_in(one) for one in said)


def money(cents: int, *, currency: str, locale: str) -> str:
    r"""Return an amount as people of that language write it.

    >>> money(129_990, currency="EUR", locale="de")
    '1.299,90 €'
    >>> money(129_990, currency="EUR", locale="en")
    '€1,299.90'
    >>> money(129_990, currency="EUR", locale="fr")
    '1\u202f299,90 €'
    >>> money(129_900, currency="JPY", locale="ja")
    '1,299 JPY'
    >>> money(129_990, currency="CHF", locale="de-CH")
    "CHF 1'299.90"
    """
    plain = f"{cents / 100:,.{0 if currency in WHOLE else 2}f}"
    symbol = SYMBOLS.get(currency, currency)
    group, point = _marks(locale)
    written = plain.replace(",", "\0").replace(".", point).replace("\0", group)
    if language(locale) == "en" and currency in SYMBOLS:
        return f"{symbol}{written}"
    return f"{symbol} {written}" if group == "'" else f"{written} {symbol}"


def title_or_words(title: str, *, locale: str) -> str:
    """Return a product's title cut to one line, or words for one without a title.

    >>> title_or_words("", locale="de-CH")
    'diesem Produkt'
    """
    if not title:
        return NO_TITLE.get(language(locale), NO_TITLE[LAST_LOCALE])
    if len(title) <= TITLE_LENGTH:
        return title
    return title[: TITLE_LENGTH - 1].rstrip() + "…"


def number(value: float, *, locale: str) -> str:
    """Return a number with as few decimals as it needs.

    >>> number(12.5, locale="de"), number(10.0, locale="en")
    ('12,5', '10')
    """
    return f"{value:g}".replace(".", _marks(locale)[1])


def _marks(locale: str) -> tuple[str, str]:
    """Return the mark between thousands and the one before the decimals."""
    return MARKS.get(_tag(locale)) or MARKS.get(language(locale), (".", ","))


def _tag(locale: str) -> str:
    return locale.replace("_", "-").lower()


def _nearest(table: Texts, locale: str) -> str | None:
    """Return the key whose texts suit `locale` best, None if none is in its language.

    Itself, else what is left without its last parts (RFC 4647, lookup), else any
    other of its language.
    """
    keys = {_tag(key): key for key in table}
    tag = _tag(locale)
    while tag:
        if tag in keys:
            return keys[tag]
        tag = tag.rpartition("-")[0]
    spoken = language(locale)
    return next((key for key in table if language(key) == spoken), None)


def _merged(text: TextSettings, ours: TextSettings) -> TextSettings:
    """Return `text` with its empty fields taken from `ours`."""
    names = [part.name for part in fields(text)]
    return TextSettings(
        **{name: getattr(text, name) or getattr(ours, name) for name in names}
    )


def _mistakes_of(value: str, key: str) -> list[str]:
    """Return the mistakes of one text."""
    found = []
    if _MARKUP.search(value):
        found.append(f"{key}: must be plain text without markup, got {value!r}")
    known = " ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    found += [
        f"{key}: placeholders must be of {known}, got {{{name}}}"
        for name in placeholders_in(value)
        if name not in PLACEHOLDERS
    ]
    return found
