"""What every kind of intervention is: when it fits, what it costs, reserves and shows.

A kind is one file: its options, its texts and a class with four short methods. The
table of names is `engage.interventions.kinds`.
"""

# Rules of this file: pure; stock, budgets and free agents come in as values. Nothing
# here knows how they are fetched, reserved or shown.

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Literal, Self, TypeVar

from engage.errors import ConfigError
from engage.interventions.options import read_options, version_of
from engage.interventions.texts import (
    NOTHING_FILLED,
    Texts,
    fill,
    language,
    mistakes_in,
    money,
    names,
    texts_for,
    title_or_words,
)
from engage.settings import InterventionSettings, SiteSettings
from engage.visits.session import Session
from engage.wire.decision import Content, ContentItem, Refusal
from engage.wire.money import units

# Shown in place of a code that nobody has reserved.
PREVIEW_CODE = "PREVIEW"

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A product proposed on a card; always in stock when it was chosen."""

    item_id: str
    title: str
    link: str
    image_link: str
    price_cents: int

    def shown(self, currency: str) -> ContentItem:
        """Return it as the card carries it."""
        return ContentItem(
            item_id=self.item_id,
            title=self.title,
            link=self.link,
            image_link=self.image_link,
            price=units(self.price_cents),
            currency=currency,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What gates and kinds need to know about the world, read once for a decision.

    Attributes:
        free_agents: room by group, >= 0: the largest share of a slot that one more
            invite may take, net of what invites have reserved.
        acceptance: how likely an offer is taken up, by intervention, as learned; what
            is missing is as its options say.
        idle_agents: agents free to talk by group, whatever invites have reserved.
        prices: shadow price of a whole slot, EUR, by group that has somebody online;
            0 while nobody is missed there, empty where slots have no price.
        stale_groups: groups whose last report is older than it may be.
        budget_left: cents left by pool, net of what is reserved.
        codes_left: codes left by pool.
        network_had: codes enough went to this visitor's network of late.
        slate: products to propose, by intervention id.
        sold_out: interventions whose fitting products are all out of stock.
        costs: cost of goods in cents by item id, where the catalogue knows it.
        paused: interventions that the operator has switched off by hand.
        item_title: title of the product on the page, "" if unknown.
        item_category: its category in the shop's feed, "" if there is none.
        local_minute: minute of the day in the site's time zone, 0 to 1439.
        local_day: `mon` to `sun`, in the site's time zone.
    """

    free_agents: Mapping[str, float] = field(default_factory=lambda: NOTHING)
    acceptance: Mapping[str, float] = field(default_factory=lambda: NOTHING)
    idle_agents: Mapping[str, float] = field(default_factory=lambda: NOTHING)
    prices: Mapping[str, float] = field(default_factory=lambda: NOTHING)
    stale_groups: frozenset[str] = frozenset()
    budget_left: Mapping[str, int] = field(default_factory=lambda: NOTHING)
    codes_left: Mapping[str, int] = field(default_factory=lambda: NOTHING)
    network_had: bool = False
    slate: Mapping[str, tuple[Suggestion, ...]] = field(default_factory=lambda: NOTHING)
    sold_out: frozenset[str] = frozenset()
    costs: Mapping[str, int] = field(default_factory=lambda: NOTHING)
    paused: frozenset[str] = frozenset()
    item_title: str = ""
    item_category: str = ""
    local_minute: int = 0
    local_day: str = "mon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """What must be set aside before a card is answered.

    Attributes:
        kind: `slot` of an agent or `code` of a pool.
        stock: the chat group or the discount pool.
        amount_cents: money to hold, the most a code can cost; 0 for a slot.
        today_cents: what a code takes off the goods as they are now.
        share: part of a slot the invite is expected to use, (0, 1]; 1 for a code.
        valid_s: how long it is held for the visitor, seconds.
    """

    kind: Literal["slot", "code"]
    stock: str
    amount_cents: int = 0
    today_cents: int = 0
    share: float = 1.0
    valid_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """What the store set aside: the code to hand out, if there is one."""

    code: str | None = None


PREVIEWED = Reserved(code=PREVIEW_CODE)

Options = TypeVar("Options")


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention(ABC, Generic[Options]):
    """One configured intervention of a site.

    Attributes:
        settings: where it may be offered and what it says.
        site: the shop it belongs to.
        options: what its kind reads from `settings.options`.
        version: hash of all that changes what a visitor sees or what it costs; a new
            version is explored anew.
        names_price: its words say what the product on the page costs.
    """

    name: ClassVar[str]
    options_type: ClassVar[type[Any]]
    built_in: ClassVar[Texts]

    settings: InterventionSettings
    site: SiteSettings
    options: Options
    version: str
    names_price: bool

    @classmethod
    def read(cls, settings: InterventionSettings, site: SiteSettings) -> Self:
        """Return the intervention that `settings` describe.

        Raises:
            ConfigError: options or texts are wrong; holds every mistake.
        """
        where = f"interventions.{settings.id}"
        options, mistakes = read_options(
            cls.options_type, settings.options, where=f"{where}.options"
        )
        if options is not None:
            mistakes += cls.mistakes(options, where=f"{where}.options")
        mistakes += mistakes_in(settings.texts, where=where)
        if options is None or mistakes:
            raise ConfigError(mistakes)
        return cls(
            settings=settings,
            site=site,
            options=options,
            version=version_of(
                cls.name, settings, cls.essence(options, site), cls.built_in
            ),
            names_price=names(settings.texts, "price"),
        )

    @classmethod
    def mistakes(cls, options: Any, *, where: str) -> list[str]:
        """Return what is wrong between options that are each fine by themselves."""
        del options, where
        return []

    @classmethod
    def essence(cls, options: Any, site: SiteSettings) -> dict[str, Any]:
        """Return the options that change what is seen or what it costs."""
        del site
        return asdict(options)

    @property
    def id(self) -> str:
        """The action's name."""
        return self.settings.id

    @property
    def kind(self) -> str:
        """The name of its kind."""
        return self.name

    @property
    def prior_accept(self) -> float:
        """How likely a visitor accepts, until that is learned; 0 where it is free."""
        return 0.0

    @property
    def open_s(self) -> float:
        """How long an answered card may still be shown or accepted, seconds."""
        return self.settings.expires_ms / 1000

    @abstractmethod
    def refusal(self, session: Session, inputs: Inputs) -> Refusal | None:
        """Return why this kind cannot be offered now, or None."""

    def reservation(
        self, session: Session, inputs: Inputs, *, p_accept: float
    ) -> Reservation | None:
        """Return what must be set aside before it is shown, or None."""
        del session, inputs, p_accept
        return None

    def content(
        self, session: Session, inputs: Inputs, locale: str, reserved: Reserved
    ) -> Content:
        """Return the card in the visitor's language.

        With `reserved=PREVIEWED` it is the same card for a preview: nothing needs to
        have been set aside, and the code reads "PREVIEW".
        """
        spoken, text = texts_for(
            self.settings.texts,
            self.built_in,
            locale=locale,
            site_locale=self.site.locale,
        )
        values = self.values(session, inputs, spoken, reserved)
        parts: dict[str, Any] = {
            part.name: fill(getattr(text, part.name), values) for part in fields(text)
        }
        if language(spoken) != language(locale):
            parts["locale"] = spoken
        return Content(**parts, **self.extras(inputs, reserved))

    def values(
        self, session: Session, inputs: Inputs, locale: str, reserved: Reserved
    ) -> dict[str, str]:
        """Return what each placeholder stands for, written as in that locale."""
        values = dict(NOTHING_FILLED)
        values["code"] = reserved.code or ""
        values["title"] = title_or_words(inputs.item_title, locale=locale)
        if session.item_price_cents:
            values["price"] = self.money(session.item_price_cents, locale)
        return values

    @abstractmethod
    def extras(self, inputs: Inputs, reserved: Reserved) -> dict[str, Any]:
        """Return the fields of the card that are no text: link, code, products."""

    def money(self, cents: int, locale: str) -> str:
        """Return an amount in the site's currency as the visitor writes it."""
        return money(cents, currency=self.site.money.currency, locale=locale)
