"""A card given by one worker, called back by another: the visitor knows one shop."""

from engage.stores.redis.owed import KEPT_S
from engage.street.site import Switches
from tests.unit.street.builders import (
    ASK,
    SITE,
    VIEW,
    beacon,
    event,
    report,
)

PING = event("ping", active_ms=1_000, visible_ms=1_000)


async def given(roles):
    """Return the visitor who was given a card by the first worker, and the card."""
    for number in range(100):
        visitor = f"v_{number}"
        one = beacon(*VIEW, ASK, seq=0, visitor=visitor)
        answer = (await roles.workers[0].take(one)).answer
        if answer.decision is not None:
            return visitor, answer.decision
    raise AssertionError("nobody was given anything")


async def pinged(roles, visitor, *events, seq, at=1):
    """Let a worker take a beacon of a visitor's; return what is called back."""
    one = beacon(*events, PING, seq=seq, visitor=visitor)
    return (await roles.workers[at].take(one)).answer.revoked


def pause(roles):
    """Pause everything, everywhere."""
    for engine in roles.workers:
        engine.site.switches = Switches(all_paused=True)


async def fates(roles, card):
    """Return what the ledger knows of a card."""
    await roles.meet()
    return [one["name"] for one in roles.journal.decision(SITE, card.id)["outcomes"]]


async def test_called_back_by_another(roles):
    """The other worker calls the card back, once, and the ledger knows."""
    visitor, card = await given(roles)
    assert await pinged(roles, visitor, seq=1) == ()
    pause(roles)

    assert await pinged(roles, visitor, seq=2) == (card.id,)
    assert await pinged(roles, visitor, seq=3) == ()
    assert await pinged(roles, visitor, seq=4, at=0) == ()
    assert await fates(roles, card) == ["expired"]


async def test_dismissed_before(roles):
    """A card that was dismissed is not called back."""
    visitor, card = await given(roles)
    roles.clock.move(5.0)
    gone = report(card, "action_dismissed", by="close")
    await pinged(roles, visitor, gone, seq=1, at=0)
    pause(roles)

    assert await pinged(roles, visitor, seq=2) == ()
    assert await fates(roles, card) == ["dismissed"]


async def test_clicked_elsewhere(roles):
    """A worker that knows nothing of a decision any more goes by its token."""
    visitor, card = await given(roles)
    # By then the visit does not carry the decision about any longer.
    roles.clock.move(KEPT_S)
    await pinged(roles, visitor, report(card, "action_shown"), seq=1, at=0)

    clicked = report(card, "action_clicked")
    assert await pinged(roles, visitor, clicked, seq=2) == ()
    assert await pinged(roles, visitor, clicked, seq=3) == ()
    assert roles.workers[1].site.journal.decision(SITE, card.id) is None
    assert await fates(roles, card) == ["shown", "clicked"]


async def test_told_with_its_time(roles):
    """Who listens at the ledger hears what became of a card, and when."""
    heard = []
    roles.site.listeners.append(lambda name, fields: heard.append((name, fields)))
    visitor, card = await given(roles)
    gone = report(card, "action_dismissed", by="close")
    await pinged(roles, visitor, gone, seq=1, at=0)
    await roles.meet()

    (told,) = [fields for name, fields in heard if name == "outcome"]
    (kept,) = roles.journal.decision(SITE, card.id)["outcomes"]
    assert told == {"decision": card.id, "name": "dismissed", "at": kept["at"]}
