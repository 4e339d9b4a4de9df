import pytest

from engage.interventions.texts import (
    fill,
    mistakes_in,
    money,
    number,
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


REGIONS = {
    "de": TextSettings(title="Titel"),
    "de-AT": TextSettings(title="Servus"),
    "zh-TW": TextSettings(title="標題"),
    "zh-Hans": TextSettings(title="标题"),
    "PT_BR": TextSettings(title="Título"),
}


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("de-AT", "Servus"),
        ("de_at", "Servus"),
        ("de-CH", "Titel"),
        ("DE", "Titel"),
        ("zh-TW", "標題"),
        ("zh-Hans-CN", "标题"),
        ("pt-br", "Título"),
        ("pt-PT", "Título"),
        ("ja", "Titel"),
        ("", "Titel"),
    ],
)
def test_words_for_a_region(locale, expected):
    """Words for a region are read there, those of the language everywhere else."""
    assert title_for(REGIONS, locale=locale) == expected


@pytest.mark.parametrize(
    ("locale", "expected"), [("de-CH", "de-CH"), ("ja", "de"), ("zh-TW", "zh-TW")]
)
def test_locale_of_the_words(locale, expected):
    """Amounts are written as the visitor does, unless the words are another's."""
    spoken, _ = texts_for(REGIONS, OURS, locale=locale, site_locale="de")

    assert spoken == expected


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
        ("CHF", "de-CH", "CHF 1'234.50"),
        ("CHF", "de", "1.234,50 CHF"),
        ("EUR", "ja", "1,234.50 €"),
        ("EUR", "ar-EG", "1,234.50 €"),
        ("MXN", "es_MX", "1,234.50 MXN"),
        ("EUR", "es", "1.234,50 €"),
        ("PLN", "pl", "1\u202f234,50 PLN"),
        ("CHF", "en", "1,234.50 CHF"),
        ("EUR", "fr", "1\u202f234,50 €"),
        ("JPY", "en", "1,234 JPY"),
        ("KRW", "de", "1.234 KRW"),
    ],
)
def test_money(currency, locale, expected):
    """Amounts are written as people of that language write them."""
    assert money(123_450, currency=currency, locale=locale) == expected


def test_number():
    """A percentage has the same decimal mark as an amount beside it."""
    written = [number(12.5, locale=one) for one in ("de", "de-CH", "en", "ja", "fr")]

    assert written == ["12,5", "12.5", "12.5", "12.5", "12,5"]


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


@pytest.mark.parametrize("locale", ["deutsch", "d", "de AT", "", "de-"])
def test_texts_for_nobody(locale):
    """Texts under what is no language would never be read: a mistake."""
    assert mistakes_in({locale: TextSettings(title="x")}, where="one") == [
        f"one.texts: must be by language such as de or de-AT, got {locale!r}"
    ]


def test_languages_and_regions_are_no_mistake():
    """Every usual way to write a language or region is taken."""
    own = dict.fromkeys(("de", "DE", "de_AT", "zh-Hant-TW"), TextSettings(title="x"))

    assert mistakes_in(own, where="one") == []
