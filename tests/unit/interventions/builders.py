"""Builders of visits, settings and products; what a test does not name is ordinary."""

from engage.interventions.base import Inputs, Suggestion
from engage.interventions.kinds import read_one
from engage.settings import InterventionSettings, MoneySettings, SiteSettings
from engage.visits.session import Session, advance, begin
from engage.visits.visitor import Visitor
from engage.wire.beacon import Beacon, Consent, Customer, Event, Item, Page
from engage.wire.catalog import CatalogItem

NOW_S = 1_763_720_100.0
OPTIONS = {
    "chat": {"group": "guitars"},
    "discount": {"pool": "autumn10", "percent": 10.0, "budget_cents": 100_000},
    "alternative": {},
    "help": {"href": "/size-guide"},
}
PLENTY = Inputs(
    free_agents={"guitars": 2.0},
    budget_left={"autumn10": 100_000},
    codes_left={"autumn10": 10},
    slate={
        "one": (
            Suggestion(
                item_id="43",
                title="Lakewood M-32",
                link="/p/43",
                image_link="/i/43.jpg",
                price_cents=94_900,
            ),
        )
    },
)


def item(item_id="42", *, price=899.0, category="Guitars", in_stock=None, **more):
    """Return an item as a page tells it."""
    return Item(
        item_id=item_id, price=price, item_category=category, in_stock=in_stock, **more
    )


def visit(
    *events,
    page="product",
    shown=None,
    consent=(True, True),
    gpc=False,
    automated=False,
    customer=None,
    locale="de",
    at_s=NOW_S,
) -> Session:
    """Return a session after one beacon: a product view, then `events`."""
    first = (Event(name="page_view"),)
    if page == "product":
        first = (*first, Event(name="view_item", items=(shown or item(),)))
    beacon = Beacon(
        v=1,
        site="pk_demo",
        visitor="v_1",
        session="s_1",
        seq=0,
        consent=Consent(measure=consent[0], personalise=consent[1]),
        page=Page(kind=page, locale=locale),
        customer=None if customer is None else Customer(**customer),
        events=(*first, *events),
        automated=automated,
    )
    session = begin(beacon, visit_index=1, orders=0, at_s=at_s, gpc=gpc)
    return advance(session, beacon, at_s=at_s, gpc=gpc).session


def added(item_id="7", *, price=100.0, quantity=1):
    """Return the event that puts something into the cart."""
    line = Item(item_id=item_id, price=price, quantity=quantity)
    return Event(name="add_to_cart", items=(line,))


def visitor(**facts) -> Visitor:
    """Return a visitor nothing was ever shown to."""
    ordinary = {
        "subject": "k_1",
        "group": "treatment",
        "holdout_share": 0.2,
        "first_at_s": NOW_S - 60,
    }
    return Visitor(**{**ordinary, **facts})


def site(**settings) -> SiteSettings:
    """Return a shop with a margin rate of .3 and agents at 4 EUR a chat."""
    ordinary = {"key": "pk_demo", "money": MoneySettings(margin_rate=0.3)}
    return SiteSettings(**{**ordinary, **settings})


def settings_of(kind, *, id="one", options=None, **settings):  # noqa: A002 - as in the file
    """Return the settings of an intervention with the options it cannot do without."""
    return InterventionSettings(
        id=id,
        kind=kind,
        texts=settings.pop("texts", {}),
        options={**OPTIONS[kind], **(options or {})},
        **settings,
    )


def intervention(kind, *, shop=None, **settings):
    """Return an intervention read from settings, as `settings_of`."""
    return read_one(settings_of(kind, **settings), shop or site())


def feed_item(item_id="42", *, price_cents=89_900, stock="in_stock", **more):
    """Return a product as the shop's server sends it."""
    ordinary = {
        "title": f"Product {item_id}",
        "link": f"https://shop.example/p/{item_id}",
        "currency": "EUR",
        "category": "guitars",
    }
    return CatalogItem(
        item_id=item_id,
        price_cents=price_cents,
        availability=stock,
        **{**ordinary, **more},
    )
