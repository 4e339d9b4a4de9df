"""Builders of a small simulated world; what a test does not name is ordinary."""

import random
from dataclasses import replace

from engage.evidence.simulation.acts import Confirm, Send
from engage.evidence.simulation.browser import Browser
from engage.evidence.simulation.goods import Good
from engage.evidence.simulation.identity import Identity, Reaction
from engage.evidence.simulation.journey import visit
from engage.evidence.simulation.scenarios import SCENARIOS
from engage.evidence.simulation.shopper import World
from engage.evidence.simulation.truth import Response, Truth
from engage.wire.beacon import Consent
from engage.wire.decision import Answer, Content, DecisionAnswer

GUITAR = Good(
    item_id="g-1",
    title="Guitar",
    category="guitars",
    price_cents=89_900,
    cost_cents=58_900,
    complexity=0.7,
)
CHEAPER = replace(GUITAR, item_id="g-2", title="Cheaper guitar", price_cents=42_900)
GONE = replace(GUITAR, item_id="g-3", title="Sold-out guitar", in_stock=False)
SHOE = Good(
    item_id="s-1",
    title="Shoe",
    category="shoes",
    price_cents=11_900,
    cost_cents=6_000,
    has_sizes=True,
    complexity=0.2,
)
GOODS = (GUITAR, CHEAPER, GONE, SHOE)


def world(scenario="shop", *, seed=1, **changes):
    """Return a world of four products."""
    chosen = replace(SCENARIOS[scenario], **changes)
    return World(site="pk_demo", goods=GOODS, scenario=chosen, seed=seed)


def truth(segment="persuadable", **changes):
    """Return the truth of a shopper who wishes for a guitar and doubts the price."""
    return replace(
        Truth(
            segment=segment,
            doubt="price",
            wish=GUITAR,
            price_sensitivity=0.5,
            advice=0.5,
            luck=0.5,
            response=Response(),
        ),
        **changes,
    )


def shopper(number=1, *, given=None, **changes):
    """Return a shopper of the ordinary world; `given` replaces their truth."""
    one = world(**changes).shopper(number, response=Response())
    if given is not None:
        one.truth = given
        one.is_bot, one.is_silent, one.is_personal = False, False, True
    return one


def identity(**changes):
    """Return a consenting visitor on a desktop."""
    plain = Identity(
        site="pk_demo",
        visitor="v_1",
        session="s_1",
        locale="de",
        is_phone=False,
        consent=Consent(measure=True, personalise=True, explicit=True),
    )
    return replace(plain, **changes)


def browser(reaction=None, **changes):
    """Return a browser whose shopper reacts so, and what became of its cards."""
    became = []
    one = Browser(
        identity=identity(**changes),
        react=lambda _: reaction or Reaction(how="dismiss", after_s=3.0),
        done=lambda decision, how: became.append((decision.kind, how)),
    )
    return one, became


def card(kind="discount", *, expires_ms=60_000, **content):
    """Return an answer with a card."""
    decision = DecisionAnswer(
        id="d_1",
        token="1.x.y",
        action=f"one_{kind}",
        kind=kind,
        moment="lingering",
        content=Content(title="T", **content),
        expires_in_ms=expires_ms,
    )
    return Answer(decision=decision)


def follow(acts, *, answer=None, is_free=True):
    """Run a visit; `answer(beacon)` says what the service answers. Return all acts."""
    done, reply = [], None
    while True:
        try:
            act = acts.send(reply)
        except StopIteration:
            return done
        done.append(act)
        reply = None
        if isinstance(act, Send):
            reply = answer(act.beacon) if answer else Answer()
        elif isinstance(act, Confirm):
            reply = is_free


def live(one, **how):
    """Return all acts of a shopper's next visit."""
    return follow(visit(one), **how)


def beacons(acts):
    """Return the beacons among acts."""
    return [act.beacon for act in acts if isinstance(act, Send)]


def events(acts):
    """Return all events that were sent, in order."""
    return [event for beacon in beacons(acts) for event in beacon.events]


def names(acts):
    """Return the names of all events that were sent."""
    return [event.name for event in events(acts)]


def generator(seed=7):
    """Return a seeded generator."""
    return random.Random(seed)
