import pytest
from msgspec.structs import replace

from engage.errors import ConfigError
from engage.interventions.base import PREVIEWED
from engage.interventions.kinds import KINDS, read_all
from engage.settings import InterventionSettings, TextSettings
from tests.unit.interventions.builders import (
    PLENTY,
    intervention,
    settings_of,
    site,
    visit,
)

DISCOUNT = {"pool": "p", "amount_cents": 500}


def mistakes_of(*interventions):
    """Return the mistakes of a site with these interventions."""
    with pytest.raises(ConfigError) as caught:
        read_all(site(interventions=interventions))
    return caught.value.mistakes


@pytest.mark.parametrize("locale", ["de-AT", "en", "es", "fr-CA", "it"])
@pytest.mark.parametrize("kind", KINDS)
def test_languages(kind, locale):
    """Every kind speaks five languages, and says that it was chosen automatically."""
    spoken = {
        other: intervention(kind).content(visit(), PLENTY, other, PREVIEWED)
        for other in (locale, "sv")
    }
    content = spoken[locale]

    assert all((content.title, content.text, content.cta, content.decline))
    assert content.disclosure
    # For Swedish there is none: it gets the site's own language, German, and says so.
    is_german = locale == "de-AT"
    assert (replace(content, locale="de") == spoken["sv"]) == is_german


def test_read_all():
    """A site's interventions are read in the order of its settings."""
    settings = tuple(settings_of(kind, id=kind) for kind in ("help", "chat"))

    assert [one.id for one in read_all(site(interventions=settings))] == [
        "help",
        "chat",
    ]


def test_all_mistakes_at_once():
    """Every mistake of every intervention is told, with key, limit and value."""
    bare = {"texts": {}, "options": {"count": 9, "colour": "red"}}

    assert mistakes_of(
        InterventionSettings(id="none", kind="chat", texts={}),
        InterventionSettings(id="a", kind="alternative", **bare),
        InterventionSettings(id="a", kind="fax", texts={}),
    ) == [
        "interventions.none.id: must be unique and not 'none', got 'none'",
        "interventions.a.id: must be unique and not 'none', got 'a'",
        "interventions.none.options.group: must be given, got nothing",
        "interventions.a.options.colour: is no option; must be one of count, got 'red'",
        "interventions.a.options.count: must be <= 6, got 9",
        (
            "interventions.a.kind: must be one of chat, discount, alternative, help, "
            "got 'fax'"
        ),
    ]


def test_text_mistakes():
    """Texts and options are checked in one go."""
    texts = {"de": TextSettings(title="<i>Hi</i>")}
    settings = InterventionSettings(id="a", kind="chat", texts=texts)

    assert mistakes_of(settings) == [
        "interventions.a.options.group: must be given, got nothing",
        (
            "interventions.a.texts.de.title: must be plain text without markup, "
            "got '<i>Hi</i>'"
        ),
    ]


def test_two_budgets_for_one_pool():
    """Discounts that share a pool state one budget."""
    first = InterventionSettings(
        id="a", kind="discount", texts={}, options={**DISCOUNT, "budget_cents": 1_000}
    )
    second = InterventionSettings(
        id="b", kind="discount", texts={}, options={**DISCOUNT, "budget_cents": 2_000}
    )

    assert mistakes_of(first, second) == [
        (
            "interventions.b.options.budget_cents: must be 1000 as elsewhere "
            "for pool 'p', got 2000"
        )
    ]


def test_version_and_words():
    """Other words are another version."""
    texts = {"de": TextSettings(title="Hallo")}

    assert intervention("help").version != intervention("help", texts=texts).version


def test_version_and_link():
    """Another link is another version."""
    other = intervention("help", options={"href": "/returns"})

    assert intervention("help").version != other.version


def test_version_and_targeting():
    """Targeting, schedule and pause do not change what is shown, nor the version."""
    targeted = intervention(
        "help", pages=("product",), paused=True, categories=("shoes",), id="two"
    )

    assert targeted.version == intervention("help").version
