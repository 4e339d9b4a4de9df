import pytest

from engage.interventions.texts import (
    fill,
    mistakes_in,
    money,
    texts_for,
    title_or_words,
)
from engage.settings import TextSettings

OURS = {
    "de": TextSettings(title="Unser Titel", decline="Nein danke"),
    "en": TextSettings(title="Our title", decline="No thanks"),
}


def title_for(own, *, locale, site_locale="de"):
    """Return the title shown."""
    return texts_for(own, OURS, locale=locale, site_locale=site_locale)[1].title


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("de-AT", "Titel"), ("en", "Titel"), ("fr", "Titre"), ("FR_ca", "Titre")],
)
def test_own_words_win(locale, expected):
    """The shop's words win: in the visitor's language, else in the site's."""
    own = {"de": TextSettings(title="Titel"), "fr": TextSettings(title="Titre")}

    assert title_for(own, locale=locale) == expected


@pytest.mark.parametrize(
    ("locale", "site_locale", "expected"),
    [
        ("de", "en", "Unser Titel"),
        ("it", "de", "Unser Titel"),
        ("it", "fr", "Our title"),
    ],
)
def test_ours_where_the_shop_wrote_none(locale, site_locale, expected):
    """Without words of its own, ours speak the visitor's language, else the site's."""
    assert title_for({}, locale=locale, site_locale=site_locale) == expected


def test_any_words_rather_than_none():
    """Words in a third language are better than none."""
    own = {"fr": TextSettings(title="Titre")}

    assert title_for(own, locale="it") == "Titre"


def test_empty_fields_are_ours():
    """A field the shop left empty is taken from ours in the same language."""
    own = {"de": TextSettings(title="Titel")}

    _, text = texts_for(own, OURS, locale="en", site_locale="de")

    assert (text.title, text.decline) == ("Titel", "Nein danke")


def test_fill_is_one_pass():
    """A value that looks like a placeholder is not filled again."""
    filled = fill("{title} {code}", {"title": "{code}", "code": "SECRET"})

    assert filled == "{code} SECRET"


def test_fill_leaves_unknown_braces():
    """Braces that are no placeholder of ours stay as they are."""
    assert fill("{0.__class__} {}", {"title": "x"}) == "{0.__class__} {}"


def test_fill_cleans_values():
    """Control and direction characters of a value cannot break or turn the line."""
    assert fill("{title}!", {"title": "a\r\nb\u202ec\x00"}) == "a b c!"


@pytest.mark.parametrize(
    ("currency", "locale", "expected"),
    [
        ("EUR", "de", "1.234,50 €"),
        ("EUR", "en-GB", "€1,234.50"),
        ("CHF", "de-CH", "1.234,50 CHF"),
        ("CHF", "en", "1,234.50 CHF"),
        ("EUR", "fr", "1\u202f234,50 €"),
        ("JPY", "en", "1,234 JPY"),
        ("KRW", "de", "1.234 KRW"),
    ],
)
def test_money(currency, locale, expected):
    """Amounts are written as people of that language write them."""
    assert money(123_450, currency=currency, locale=locale) == expected


def test_long_title():
    """A title longer than a line is cut, and says so."""
    title = title_or_words("x" * 200, locale="de")

    assert len(title) == 80
    assert title.endswith("…")


def test_mistakes():
    """Markup and unknown placeholders are named with field and value."""
    own = {"de": TextSettings(title="<b>{titel}</b>", text="{title}: 3 < 4")}

    assert mistakes_in(own, where="interventions.one") == [
        (
            "interventions.one.texts.de.title: must be plain text without markup, "
            "got '<b>{titel}</b>'"
        ),
        (
            "interventions.one.texts.de.title: placeholders must be of {title} {price} "
            "{percent} {amount} {code} {conditions}, got {titel}"
        ),
    ]
