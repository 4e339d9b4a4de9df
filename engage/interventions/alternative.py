"""Alternative: products that fit, in stock, other than the one on the page."""

# Rules of this file: the slate is chosen elsewhere (`slate.py`) and comes in as a
# value, so that a decision logs exactly what was shown.

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final

from msgspec import Meta

from engage.interventions.base import Inputs, Intervention, Reserved
from engage.interventions.texts import Texts
from engage.settings import TextSettings
from engage.visits.session import Session
from engage.wire.decision import Refusal

TEXTS: Final[Texts] = {
    "de": TextSettings(
        title="Das könnte auch passen",
        text="Diese Produkte passen zu Ihrer Auswahl und sind lieferbar.",
        cta="Ansehen",
        decline="Nein danke",
        disclosure="Diese Auswahl wurde automatisch anhand Ihres Besuchs getroffen.",
    ),
    "en": TextSettings(
        title="This might suit you, too",
        text="These products go with what you looked at, and all are in stock.",
        cta="Take a look",
        decline="No thanks",
        disclosure="These were chosen automatically, based on your visit.",
    ),
    "es": TextSettings(
        title="Esto también le puede gustar",
        text="Estos productos van bien con lo que ha visto y todos están disponibles.",
        cta="Ver productos",
        decline="No, gracias",
        disclosure="Esta selección se ha hecho automáticamente, según su visita.",
    ),
    "fr": TextSettings(
        title="Cela pourrait aussi vous plaire",
        text="Ces produits vont avec ceux que vous avez regardés, tous sont en stock.",
        cta="Voir",
        decline="Non merci",
        disclosure="Cette sélection a été faite automatiquement, d'après votre visite.",
    ),
    "it": TextSettings(
        title="Potrebbe piacerle anche",
        text="Questi prodotti si abbinano a ciò che ha visto e sono tutti disponibili.",
        cta="Guarda",
        decline="No, grazie",
        disclosure="Questa scelta è stata fatta automaticamente, in base alla "
        "sua visita.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternativeOptions:
    """Options of an alternative."""

    # Three can be compared at a glance and fit on a phone; of more it shows two rows.
    count: Annotated[int, Meta(ge=1, le=6)] = 3


class Alternative(Intervention[AlternativeOptions]):
    """A few products that fit, all of them in stock."""

    __slots__ = ()

    name: ClassVar[str] = "alternative"
    options_type: ClassVar[type[Any]] = AlternativeOptions
    built_in: ClassVar[Texts] = TEXTS

    def refusal(self, session: Session, inputs: Inputs) -> Refusal | None:
        """Return `no_stock` or `no_alternative` when there is nothing to show, or None.

        `no_stock`: products that fit exist, and none of them can be bought now.
        """
        del session
        if inputs.slate.get(self.id):
            return None
        return "no_stock" if self.id in inputs.sold_out else "no_alternative"

    def extras(self, inputs: Inputs, reserved: Reserved) -> dict[str, Any]:
        """Return the products."""
        del reserved
        slate = inputs.slate.get(self.id, ())[: self.options.count]
        currency = self.site.money.currency
        return {"items": tuple(one.shown(currency) for one in slate)}
