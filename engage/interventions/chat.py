"""Chat: invite the visitor to talk to a person who knows these products."""

# Rules of this file: nobody is invited unless a fresh report says that someone of the
# right group has room for the invite. The store makes the reservation hard.

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final

from msgspec import Meta

from engage.interventions.base import Inputs, Intervention, Reservation, Reserved
from engage.interventions.texts import Texts
from engage.settings import Id, SiteSettings, TextSettings
from engage.visits.session import Session
from engage.wire.decision import Refusal

TEXTS: Final[Texts] = {
    "de": TextSettings(
        title="Haben Sie Fragen?",
        text="Unsere Fachberatung ist gerade da und antwortet gleich im Chat.",
        cta="Chat starten",
        decline="Nein danke",
        disclosure="Diese Einladung wurde automatisch anhand Ihres Besuchs ausgewählt.",
    ),
    "en": TextSettings(
        title="Any questions?",
        text="One of our specialists is here right now and answers in the chat.",
        cta="Start chat",
        decline="No thanks",
        disclosure="This invitation was chosen automatically, based on your visit.",
    ),
    "es": TextSettings(
        title="¿Tiene alguna pregunta?",
        text="Una persona experta está ahora disponible y le responde por chat.",
        cta="Abrir el chat",
        decline="No, gracias",
        disclosure="Esta invitación se ha elegido automáticamente, según su visita.",
    ),
    "fr": TextSettings(
        title="Une question ?",
        text="Nos spécialistes sont là en ce moment et vous répondent par chat.",
        cta="Ouvrir le chat",
        decline="Non merci",
        disclosure="Cette invitation a été choisie automatiquement, d'après "
        "votre visite.",
    ),
    "it": TextSettings(
        title="Ha qualche domanda?",
        text="I nostri esperti sono disponibili adesso e rispondono in chat.",
        cta="Apri la chat",
        decline="No, grazie",
        disclosure="Questo invito è stato scelto automaticamente, in base alla "
        "sua visita.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatOptions:
    """Options of a chat intervention."""

    # Whose agents answer: the name in PUT /v1/chat/groups/{group}.
    group: Id
    # One invite in ten is accepted, until this shop's own share is learned. Not 0: an
    # invite that reserves nothing would be sent without end.
    p_accept: Annotated[float, Meta(ge=0.001, le=1)] = 0.1


class Chat(Intervention[ChatOptions]):
    """An invite to a chat; uses its probability of acceptance of an agent's slot."""

    __slots__ = ()

    name: ClassVar[str] = "chat"
    options_type: ClassVar[type[Any]] = ChatOptions
    built_in: ClassVar[Texts] = TEXTS

    @classmethod
    def essence(cls, options: ChatOptions, site: SiteSettings) -> dict[str, Any]:
        """Return the group and what a chat costs; the acceptance is learned."""
        return {
            "group": options.group,
            "agent_cost_cents": site.money.agent_cost_cents,
        }

    @property
    def prior_accept(self) -> float:
        """How likely an invite is accepted, until that is learned."""
        return self.options.p_accept

    def refusal(self, session: Session, inputs: Inputs) -> Refusal | None:
        """Return `stale_agents`, or `no_agent` when no room is left, or None."""
        del session
        group = self.options.group
        if group in inputs.stale_groups:
            return "stale_agents"
        wanted = inputs.acceptance.get(self.id, self.options.p_accept)
        return "no_agent" if inputs.free_agents.get(group, 0.0) < wanted else None

    def reservation(
        self, session: Session, inputs: Inputs, *, p_accept: float
    ) -> Reservation:
        """Return the part of a slot to hold until the invite expires."""
        del session, inputs
        return Reservation(
            kind="slot",
            stock=self.options.group,
            share=p_accept,
            valid_s=self.open_s,
        )

    def extras(self, inputs: Inputs, reserved: Reserved) -> dict[str, Any]:
        """Return the group to connect to."""
        del inputs, reserved
        return {"group": self.options.group}


def chat_groups(interventions: Iterable[Intervention[Any]]) -> frozenset[str]:
    """Return the groups that a chat names; nobody else's agents are ever asked for."""
    return frozenset(
        one.options.group for one in interventions if isinstance(one, Chat)
    )
