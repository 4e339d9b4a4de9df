"""A preview shows one card to its editor, and leaves no trace."""

from dataclasses import replace

import pytest

from engage.errors import NotFound, Unauthorised
from engage.settings import TextSettings
from engage.street.preview import VALID_S, preview, preview_token
from engage.wire.catalog import CatalogItem
from tests.unit.street.builders import (
    HELP,
    NOW_S,
    SECRETS,
    SIMILAR,
    SITE,
    VIEW,
    intervention,
    settings,
)


def token_of(shop, name):
    """Return the token that `engage preview` would print now."""
    return preview_token(shop.site.secrets.salt, SITE, name, at_s=NOW_S)


async def test_preview_shows_the_card(shop):
    """Each intervention is shown as a visitor would see it, its code a stand-in."""
    for name in shop.site.interventions:
        token = token_of(shop, name)
        card = preview(shop.site, name, token=token, locale="en").decision

        assert (card.action, card.id, card.token) == (name, "preview", "")
        assert card.content.title == name
    token = token_of(shop, "autumn10")
    shown = preview(shop.site, "autumn10", token=token, locale="").decision
    assert shown.content.code == "PREVIEW"


async def test_preview_leaves_no_trace(shop):
    """Nothing is journalled, reserved or held."""
    offset = shop.journal.last_offset()
    stock = await shop.store.codes.stock(SITE, at_s=NOW_S)
    token = token_of(shop, "autumn10")

    preview(shop.site, "autumn10", token=token, locale="en")

    assert shop.journal.last_offset() == offset
    assert await shop.store.codes.stock(SITE, at_s=NOW_S) == stock
    assert await shop.store.live_sessions() == 0


async def test_preview_of_products(opened):
    """Alternatives are shown with products of the catalogue."""
    shop = await opened(settings(interventions=(SIMILAR,)))
    await shop.send(*VIEW)
    token = token_of(shop, "similar")

    card = preview(shop.site, "similar", token=token, locale="en").decision

    assert card.kind == "alternative"


@pytest.mark.parametrize("count", [5, 6])
async def test_preview_of_as_many_products(opened, count):
    """As many alternatives as its options say, if there are so many."""
    many = intervention("many", "alternative", options={"count": count})
    shop = await opened(settings(interventions=(many,)))
    for number in range(9):
        shop.site.catalogue.put(product(f"g-{number}"), at_s=NOW_S)
    token = token_of(shop, "many")

    card = preview(shop.site, "many", token=token, locale="en").decision

    assert len(card.content.items) == count


async def test_preview_names_a_product(opened):
    """Title and price in its words are those of a product of the shop."""
    one = intervention("{title}: {price}", "help", options={"href": "/h"})
    shop = await opened(settings(interventions=(replace(one, id="help"),)))
    shop.site.catalogue.put(product("g-1"), at_s=NOW_S)
    token = token_of(shop, "help")

    card = preview(shop.site, "help", token=token, locale="en").decision

    assert card.content.title == "Guitar: €899.00"


def product(item_id):
    """Return a product of the shop's feed that may be proposed."""
    return CatalogItem(
        item_id=item_id,
        title="Guitar",
        link=f"https://shop.example/{item_id}",
        price_cents=89_900,
        currency="EUR",
        availability="in_stock",
    )


@pytest.mark.parametrize("token", ["", "x", "9999999999.", "9999999999.0000", "."])
async def test_forged_preview(shop, token):
    """Without a signature nobody pages through a shop's campaigns."""
    with pytest.raises(Unauthorised, match=r"^the preview link is not valid any more$"):
        preview(shop.site, "autumn10", token=token, locale="en")


async def test_preview_of_another_end(shop):
    """Who has a link cannot make it work for longer."""
    until, _, signature = token_of(shop, "autumn10").partition(".")
    longer = f"{int(until) + 86_400}.{signature}"

    with pytest.raises(Unauthorised):
        preview(shop.site, "autumn10", token=longer, locale="en")


@pytest.mark.parametrize(("salt", "site"), [(b"x", SITE), (SECRETS.salt, "pk_other")])
async def test_preview_of_another_shop(shop, salt, site):
    """A link signed with another salt, or for another shop, shows nothing here."""
    token = preview_token(salt, site, "autumn10", at_s=NOW_S)

    with pytest.raises(Unauthorised):
        preview(shop.site, "autumn10", token=token, locale="en")


@pytest.mark.parametrize(
    ("locale", "title"), [("de", "Hallo"), ("en", "Hello"), ("", "Hello")]
)
async def test_preview_in_a_language(opened, locale, title):
    """The words are those of the language asked for, by default the shop's own."""
    words = {"de": "Hallo", "en": "Hello"}
    texts = {name: TextSettings(title=one, cta="Go") for name, one in words.items()}
    shop = await opened(settings(interventions=(replace(HELP, texts=texts),)))
    token = token_of(shop, "size_guide")

    card = preview(shop.site, "size_guide", token=token, locale=locale).decision

    assert card.content.title == title
    assert card.expires_in_ms == 1_000 * shop.site.interventions["size_guide"].open_s


async def test_preview_ends(shop):
    """A link works for a day, for its own intervention only."""
    token = token_of(shop, "autumn10")
    with pytest.raises(Unauthorised):
        preview(shop.site, "size_guide", token=token, locale="en")
    shop.clock.move(VALID_S)
    assert preview(shop.site, "autumn10", token=token, locale="en").decision
    shop.clock.move(1.0)
    with pytest.raises(Unauthorised):
        preview(shop.site, "autumn10", token=token, locale="en")


async def test_preview_of_nothing(shop):
    """A signed link to an intervention that is gone finds nothing."""
    token = token_of(shop, "gone")

    with pytest.raises(NotFound, match=r"^there is no intervention 'gone'$"):
        preview(shop.site, "gone", token=token, locale="en")
