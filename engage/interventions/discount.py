"""Discount: a single-use code, within a budget, never below the margin.

A card names the code, its terms and that it was chosen automatically. It never shows
a former price: announcing a reduction needs the lowest price of 30 days (Par. 11
PAngV), which is not known here.
"""

# Rules of this file: money is whole cents. The budget is hard: what is reserved is the
# most the code can cost where that is known (a fixed amount or a capped percentage).

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any, ClassVar, Final

from msgspec import Meta

from engage.interventions.base import Inputs, Intervention, Reservation, Reserved
from engage.interventions.texts import LAST_LOCALE, Texts, language, number
from engage.settings import Cents, Id, Share, SiteSettings, TextSettings
from engage.visits.session import CartLine, Session
from engage.wire.decision import Refusal

MINUTE_S: Final = 60.0
HOUR_S: Final = 3_600.0
DAY_S: Final = 86_400.0

TEXTS: Final[Texts] = {
    "de": TextSettings(
        title="Ihr Gutschein: {percent}{amount}",
        text="Mit dem Code {code} an der Kasse.",
        cta="Code kopieren",
        decline="Nein danke",
        disclosure="Dieses Angebot wurde automatisch anhand Ihres Besuchs ausgewählt.",
        terms="Einmal einlösbar. {conditions}",
    ),
    "en": TextSettings(
        title="Your voucher: {percent}{amount}",
        text="Use code {code} at checkout.",
        cta="Copy code",
        decline="No thanks",
        disclosure="This offer was chosen automatically, based on your visit.",
        terms="Can be used once. {conditions}",
    ),
    "es": TextSettings(
        title="Su cupón: {percent}{amount}",
        text="Con el código {code} al pagar.",
        cta="Copiar el código",
        decline="No, gracias",
        disclosure="Esta oferta se ha elegido automáticamente, según su visita.",
        terms="Válido una sola vez. {conditions}",
    ),
    "fr": TextSettings(
        title="Votre bon d'achat : {percent}{amount}",
        text="Avec le code {code} au moment de payer.",
        cta="Copier le code",
        decline="Non merci",
        disclosure="Cette offre a été choisie automatiquement, d'après votre visite.",
        terms="Utilisable une seule fois. {conditions}",
    ),
    "it": TextSettings(
        title="Il suo buono: {percent}{amount}",
        text="Con il codice {code} alla cassa.",
        cta="Copia il codice",
        decline="No, grazie",
        disclosure="Questa offerta è stata scelta automaticamente, in base alla "
        "sua visita.",
        terms="Utilizzabile una sola volta. {conditions}",
    ),
}
MINUTES: Final = {
    "de": "{} Minuten gültig.",
    "en": "Valid for {} minutes.",
    "es": "Válido durante {} minutos.",
    "fr": "Valable {} minutes.",
    "it": "Valido per {} minuti.",
}
HOURS: Final = {
    "de": "{} Stunden gültig.",
    "en": "Valid for {} hours.",
    "es": "Válido durante {} horas.",
    "fr": "Valable {} heures.",
    "it": "Valido per {} ore.",
}
DAYS: Final = {
    "de": "{} Tage gültig.",
    "en": "Valid for {} days.",
    "es": "Válido durante {} días.",
    "fr": "Valable {} jours.",
    "it": "Valido per {} giorni.",
}
LEAST: Final = {
    "de": "Ab {} Warenwert.",
    "en": "For baskets from {}.",
    "es": "A partir de {} de compra.",
    "fr": "Dès {} d'achat.",
    "it": "A partire da {} di acquisto.",
}
MOST: Final = {
    "de": "Höchstens {}.",
    "en": "{} at most.",
    "es": "Máximo {}.",
    "fr": "Au plus {}.",
    "it": "Al massimo {}.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountOptions:
    """Options of a discount; exactly one of `percent` and `amount_cents`."""

    # Whose codes are given away: the `pool` of POST /v1/discounts/codes.
    pool: Id
    # What the pool may cost altogether; there is no discount without a budget.
    budget_cents: Annotated[int, Meta(ge=1, le=1_000_000_000_000)]
    # Off the cart, or off the product on the page.
    percent: Annotated[float, Meta(gt=0, le=100)] | None = None
    # Or a fixed amount.
    amount_cents: Annotated[int, Meta(ge=1, le=1_000_000_000)] | None = None
    # The most a percentage may come to; makes the budget hard for growing baskets.
    max_amount_cents: Annotated[int, Meta(ge=1, le=1_000_000_000)] | None = None
    # The smallest basket it is valid for; the card says so.
    min_basket_cents: Cents = 0
    # What must be left of the margin after the discount: by default, anything.
    min_margin_cents: Cents = 0
    # A day: long enough to sleep on it, short enough not to lie on the budget.
    valid_s: Annotated[float, Meta(ge=60, le=400 * 86_400)] = 86_400.0
    # Does nothing: a code takes its whole cost until it lapses. Settings may name it.
    p_accept: Share = 0.2


class Discount(Intervention[DiscountOptions]):
    """A voucher code held for one visitor."""

    __slots__ = ()

    name: ClassVar[str] = "discount"
    options_type: ClassVar[type[Any]] = DiscountOptions
    built_in: ClassVar[Texts] = TEXTS

    @classmethod
    def mistakes(cls, options: DiscountOptions, *, where: str) -> list[str]:
        """Return what is wrong between the options."""
        found = []
        percent, amount_cents = options.percent, options.amount_cents
        if (percent is None) == (amount_cents is None):
            found.append(
                f"{where}.percent: exactly one of percent and amount_cents must be "
                f"given, got percent={percent!r} and amount_cents={amount_cents!r}"
            )
        if amount_cents is not None and options.max_amount_cents is not None:
            found.append(
                f"{where}.max_amount_cents: must go with percent only, "
                f"got {options.max_amount_cents!r}"
            )
        most_cents = amount_cents or options.max_amount_cents or 0
        if options.budget_cents < most_cents:
            found.append(
                f"{where}.budget_cents: must be >= {most_cents}, the cost of one code, "
                f"got {options.budget_cents!r}"
            )
        return found

    @classmethod
    def essence(cls, options: DiscountOptions, site: SiteSettings) -> dict[str, Any]:
        """Return what one code is; budget and margin only say when it is offered."""
        del site
        left_out = {"budget_cents", "min_margin_cents", "p_accept"}
        return {k: v for k, v in asdict(options).items() if k not in left_out}

    @property
    def open_s(self) -> float:
        """How long the card may be shown: no longer than its code is good."""
        return min(self.settings.expires_ms / 1000, self.options.valid_s)

    def basis_cents(self, session: Session) -> int:
        """Return the goods it applies to: the cart, or the product on the page.

        Never less than the smallest basket it is valid for, as it cannot be redeemed
        on less.
        """
        goods_cents = session.cart_cents if session.cart else session.item_price_cents
        return max(goods_cents, self.options.min_basket_cents)

    def amount_cents(self, session: Session) -> int:
        """Return what it would take off today, rounded half up; 0 if nothing is known.

        A percentage of an unknown basket is unknown, also where it is capped.
        """
        if self.options.amount_cents is not None:
            return self.options.amount_cents
        percent = self.options.percent or 0.0
        cents = int(self.basis_cents(session) * percent / 100 + 0.5)
        return min(cents, self.options.max_amount_cents or cents)

    def held_cents(self, session: Session) -> int:
        """Return what to hold of the budget: the most the code can cost, if known."""
        return self.options.max_amount_cents or self.amount_cents(session)

    def margin_cents(self, session: Session, inputs: Inputs) -> float:
        """Return the contribution of those goods before the discount, in cents.

        Price less cost where the catalogue knows the cost, else the shop's margin
        rate; the part that is still missing to the smallest basket at that rate, too.
        """
        lines = session.cart
        if not lines and session.item_id is not None:
            lines = (CartLine(session.item_id, 1, session.item_price_cents),)
        rate = self.site.money.margin_rate
        margin_cents = 0.0
        goods_cents = 0
        for line in lines:
            guess_cents = line.price_cents * (1 - rate)
            cost_cents = inputs.costs.get(line.item_id, guess_cents)
            margin_cents += line.quantity * (line.price_cents - cost_cents)
            goods_cents += line.quantity * line.price_cents
        missing_cents = max(0, self.options.min_basket_cents - goods_cents)
        return margin_cents + missing_cents * rate

    def refusal(self, session: Session, inputs: Inputs) -> Refusal | None:
        """Return `not_targeted`, `capped`, `no_budget`, `no_code`, `thin_margin`, None.

        `not_targeted`: it would be a percentage of nothing, or the cart has a coupon
        already. `capped`: somebody seems to collect codes.
        """
        pool, amount_cents = self.options.pool, self.amount_cents(session)
        if amount_cents == 0 or session.has_coupon:
            return "not_targeted"
        if inputs.network_had:
            return "capped"
        if inputs.budget_left.get(pool, 0) < self.held_cents(session):
            return "no_budget"
        if inputs.codes_left.get(pool, 0) < 1:
            return "no_code"
        left_cents = self.margin_cents(session, inputs) - amount_cents
        if left_cents < self.options.min_margin_cents:
            return "thin_margin"
        return None

    def reservation(
        self, session: Session, inputs: Inputs, *, p_accept: float
    ) -> Reservation:
        """Return the code and the money to hold until it expires."""
        del inputs, p_accept
        return Reservation(
            kind="code",
            stock=self.options.pool,
            amount_cents=self.held_cents(session),
            today_cents=self.amount_cents(session),
            valid_s=self.options.valid_s,
        )

    def values(
        self, session: Session, inputs: Inputs, locale: str, reserved: Reserved
    ) -> dict[str, str]:
        """Return what the placeholders stand for, percentage or amount among them."""
        values = super().values(session, inputs, locale, reserved)
        if self.options.percent is not None:
            values["percent"] = f"{number(self.options.percent, locale=locale)} %"
        if self.options.amount_cents is not None:
            values["amount"] = self.money(self.options.amount_cents, locale)
        values["conditions"] = self.conditions(locale)
        return values

    def conditions(self, locale: str) -> str:
        """Return what the server enforces, as sentences: validity and amounts."""
        locale = locale if language(locale) in HOURS else LAST_LOCALE
        spoken = language(locale)
        valid_s = self.options.valid_s
        # From two of a unit on people count in it.
        words, unit_s = MINUTES, MINUTE_S
        for longer, longer_s in ((HOURS, HOUR_S), (DAYS, DAY_S)):
            if valid_s >= 2 * longer_s:
                words, unit_s = longer, longer_s
        said = [words[spoken].format(number(round(valid_s / unit_s, 1), locale=locale))]
        if self.options.min_basket_cents:
            least = self.money(self.options.min_basket_cents, locale)
            said.append(LEAST[spoken].format(least))
        if self.options.max_amount_cents:
            most = self.money(self.options.max_amount_cents, locale)
            said.append(MOST[spoken].format(most))
        return " ".join(said)

    def extras(self, inputs: Inputs, reserved: Reserved) -> dict[str, Any]:
        """Return the code."""
        del inputs
        return {"code": reserved.code}
