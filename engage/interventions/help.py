"""Help: the size guide, the return policy or the answer that fits the doubt at hand.

Two visitors in three would rather help themselves than talk to anybody, and a page
costs nothing. It is offered only where behaviour shows a doubt it can settle.
"""

# Rules of this file: a doubt is a small claim over counters of the session, in one
# table. Thresholds are the smallest that are not an accident of one movement.

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final

from msgspec import Meta

from engage.interventions.base import Inputs, Intervention, Reserved
from engage.interventions.texts import Texts
from engage.settings import TextSettings
from engage.visits import counters as c
from engage.visits.session import Session
from engage.visits.shapes import CART_STEP, CHECKOUT_STEP
from engage.wire.decision import Refusal

# Going there and back once may be curiosity; twice is a choice that does not settle.
TOGGLES: Final = 2

TEXTS: Final[Texts] = {
    "de": TextSettings(
        title="Kurz nachsehen?",
        text="Die häufigsten Fragen dazu haben wir auf einer Seite beantwortet.",
        cta="Antworten ansehen",
        decline="Nein danke",
        disclosure="Dieser Hinweis wurde automatisch anhand Ihres Besuchs ausgewählt.",
    ),
    "en": TextSettings(
        title="A quick look?",
        text="We have answered the most common questions about this on one page.",
        cta="See the answers",
        decline="No thanks",
        disclosure="This hint was chosen automatically, based on your visit.",
    ),
    "es": TextSettings(
        title="¿Una consulta rápida?",
        text="Hemos respondido las preguntas más frecuentes sobre esto en una página.",
        cta="Ver las respuestas",
        decline="No, gracias",
        disclosure="Este consejo se ha elegido automáticamente, según su visita.",
    ),
    "fr": TextSettings(
        title="Un doute à lever ?",
        text="Nous avons répondu aux questions les plus fréquentes sur une page.",
        cta="Voir les réponses",
        decline="Non merci",
        disclosure="Ce conseil a été choisi automatiquement, d'après votre visite.",
    ),
    "it": TextSettings(
        title="Un dubbio da chiarire?",
        text="Abbiamo risposto alle domande più frequenti in una pagina.",
        cta="Vedi le risposte",
        decline="No, grazie",
        disclosure="Questo consiglio è stato scelto automaticamente, in base "
        "alla sua visita.",
    ),
}


def doubts_size(session: Session) -> bool:
    """Tell whether sizes or variants are being weighed."""
    toggles = session.number(c.HERE_TOGGLES)
    return toggles >= TOGGLES or session.number(c.HOVER_SIZE_MS) > 0


def doubts_price(session: Session) -> bool:
    """Tell whether price, shipping cost or a coupon is being weighed."""
    touches = session.number(c.COUPON_TOUCHES) + session.number(c.COPIES)
    return touches > 0 or session.number(c.HOVER_PRICE_MS) > 0


def doubts_returns(session: Session) -> bool:
    """Tell whether a purchase is near enough to ask what happens if it does not fit."""
    return session.funnel >= CART_STEP or doubts_size(session)


def doubts_checkout(session: Session) -> bool:
    """Tell whether the checkout itself holds the visitor up."""
    stumbles = session.number(c.FIELD_ERRORS) + session.number(c.HERE_CHECKOUT_BACKS)
    return session.funnel >= CHECKOUT_STEP and stumbles > 0


def doubts_search(session: Session) -> bool:
    """Tell whether a search found nothing."""
    return session.number(c.ZERO_RESULTS) > 0


def doubts_page(session: Session) -> bool:
    """Tell whether the page does not do what is expected of it."""
    clicks = session.number(c.RAGE_CLICKS) + session.number(c.DEAD_CLICKS)
    return clicks + session.number(c.ERROR_CLICKS) > 0


TOPICS: Final[dict[str, Callable[[Session], bool]]] = {
    "size": doubts_size,
    "price": doubts_price,
    "shipping": doubts_price,
    "returns": doubts_returns,
    "checkout": doubts_checkout,
    "search": doubts_search,
    "page": doubts_page,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpOptions:
    """Options of a help intervention."""

    # A page of the shop: an absolute path, https, or a place on the page (`#sizes`).
    href: Annotated[
        str, Meta(pattern=r"^(#[A-Za-z]|/([^/\\]|$)|https://)\S*$", max_length=2_000)
    ]
    # Doubts it settles, of size price shipping returns checkout search page: offered
    # only where one of them shows. None: it fits wherever it is targeted.
    topics: tuple[str, ...] = ()


class Help(Intervention[HelpOptions]):
    """A link to a page that answers a doubt."""

    __slots__ = ()

    name: ClassVar[str] = "help"
    options_type: ClassVar[type[Any]] = HelpOptions
    built_in: ClassVar[Texts] = TEXTS

    @classmethod
    def mistakes(cls, options: HelpOptions, *, where: str) -> list[str]:
        """Return the topics that nobody can doubt."""
        known = ", ".join(TOPICS)
        return [
            f"{where}.topics: must be of {known}, got {topic!r}"
            for topic in options.topics
            if topic not in TOPICS
        ]

    def refusal(self, session: Session, inputs: Inputs) -> Refusal | None:
        """Return `not_targeted` when none of its topics is in doubt, or None."""
        del inputs
        topics = self.options.topics
        if topics and not any(TOPICS[topic](session) for topic in topics):
            return "not_targeted"
        return None

    def extras(self, inputs: Inputs, reserved: Reserved) -> dict[str, Any]:
        """Return the link."""
        del inputs, reserved
        return {"href": self.options.href}
