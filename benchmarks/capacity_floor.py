"""The shop floor of the capacity study: visitors, agents, invites and chats."""

# Rules of this file: a simulation. Slots and invites are the product's own; who accepts
# and buys is the simulation's `truth`, and never seen by what decides.

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import count

import numpy as np
from bandit_ours import Array, Ours, Setup, thrown
from mixed_shop import PEOPLE, POLICY, PRICES, SIGNS

from engage.cli.simulate import goods
from engage.deciding.policies.base import Situation
from engage.deciding.policies.inverse_gap import InverseGap
from engage.deciding.policies.uplift import UpliftWeights
from engage.evidence.simulation.truth import Response, Truth, draw_truth
from engage.settings import GateSettings, SiteSettings
from engage.stores.memory.chat import ChatDesk
from engage.stores.overflow import room

CHAT, GROUP = "chat", "guitars"
# A chat takes six minutes, the click on an invite ten seconds; after 60 s it is gone.
CHAT_S, ANSWER_S, INVITE_S = 360.0, 10.0, 60.0
DAY_S = 8 * 3_600.0
OVERBOOKING = GateSettings().overbooking
CHOOSER = InverseGap(SiteSettings(key="pk_capacity", policy=POLICY))
SHELF = tuple(good for good in goods() if good.in_stock)
MARGIN_EUR = float(np.mean([good.margin_cents for good in SHELF])) / 100
TAUGHT = 6_000
# What shows of a segment and its doubt, on average; as in mixed_shop.py.
SHOWN = {(one[0], one[1]): SIGNS[at] for at, one in enumerate(PEOPLE)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Visitors of one seed; every rule for the price meets the same.

    Attributes:
        at_s: shape (n,), when each could be invited.
        people: n, who they are.
        uplift: n, what the model predicts of an invite, EUR.
        luck: shape (n, 3): of the draw, of the acceptance, of the chat's length.
        p_accept: share of invites accepted, as learned.
        sigma, n_eff: of the model.
    """

    at_s: Array
    people: list[Truth]
    uplift: list[float]
    luck: Array
    p_accept: float
    sigma: float
    n_eff: float


def crowd(seed: int, n: int) -> tuple[list[Truth], Array]:
    """Return who comes, and the context of each: noisy signs and what is at stake."""
    luck, rng = random.Random(seed), np.random.default_rng([seed, 3])
    people = [draw_truth(luck, SHELF, response=Response()) for _ in range(n)]
    shown = np.array([SHOWN.get((one.segment, one.doubt), SIGNS[4]) for one in people])
    stake = np.array([one.wish.margin_cents / 100 / MARGIN_EUR for one in people])
    return people, np.column_stack((shown + rng.normal(size=shown.shape), stake))


def gains(truth: Truth) -> tuple[float, float, float]:
    """Return what an invite changes, EUR: once seen, once accepted; if it is not."""
    margin_eur = truth.wish.margin_cents / 100
    alone = truth.chance(shown=(), accepted=())
    seen = truth.chance(shown=(CHAT,), accepted=())
    had = truth.chance(shown=(CHAT,), accepted=(CHAT,))
    annoyed = truth.dismissal() * PRICES.annoyance_cents / 100
    return (
        (seen - alone) * margin_eur,
        (had - seen) * margin_eur - PRICES.agent_cents / 100,
        -annoyed,
    )


def taught(seed: int) -> tuple[UpliftWeights, float]:
    """Return what is learned of chats without a shortage: uplifts, and who accepts."""
    people, context = crowd(2 * seed + 1, TAUGHT)
    rng = np.random.default_rng([seed, 1])
    learner = Ours(
        Setup(
            kinds={CHAT: CHAT},
            features=context.shape[1],
            margin_eur=25 * MARGIN_EUR,  # effects of this size, as in mixed_shop.py
            sigma_eur=MARGIN_EUR,
            policy=POLICY,
        )
    )
    sent = accepted = 0.0
    for truth, x in zip(people, context, strict=True):
        p = learner.choose(x)
        action = thrown(p, float(rng.random()))
        has_taken = action == CHAT and rng.random() < truth.acceptance(CHAT)
        reward = _earned(truth, action == CHAT, has_taken=has_taken, rng=rng)
        learner.learn(x, action, distribution=p, reward_eur=reward)
        sent += action == CHAT
        accepted += has_taken
    return learner.weights(), accepted / sent


def _earned(
    truth: Truth, is_shown: bool, *, has_taken: bool, rng: np.random.Generator
) -> float:
    shown, accepted = (CHAT,) * is_shown, (CHAT,) * has_taken
    buys = rng.random() < truth.chance(shown=shown, accepted=accepted)
    cost_eur = PRICES.agent_cents / 100 if has_taken else 0.0
    return float(buys) * truth.wish.margin_cents / 100 - cost_eur


def stream_of(seed: int, *, moments: int) -> Stream:
    """Return the visitors of a seed; a second brings one chat that is wished for."""
    weights, p_accept = taught(seed)
    people, context = crowd(2 * seed, moments)
    rng = np.random.default_rng([seed, 2])
    stream = Stream(
        at_s=np.zeros(0),
        people=people,
        uplift=[weights.predict(x, "ask", (CHAT,))[CHAT] for x in context],
        luck=rng.random((moments, 3)),
        p_accept=p_accept,
        sigma=weights.sigma,
        n_eff=weights.n_eff,
    )
    wished = [
        chance(stream, i, charge=0.0) * people[i].acceptance(CHAT)
        for i in range(moments)
    ]
    gaps_s = rng.exponential(float(np.mean(wished)), moments)
    return replace(stream, at_s=np.cumsum(gaps_s))


def paced(stream: Stream, *, agents: int, load: float, swing: float) -> Stream:
    """Return the same visitors, wishing for `load` times the chats there can be.

    Args:
        stream: visitors.
        agents: who talk.
        load: mean over the day.
        swing: how far the load goes up and down in a day of eight hours, [0, 1).
    """
    even_s = stream.at_s * CHAT_S / (agents * load)
    omega = 2 * np.pi / DAY_S
    grid_s = np.linspace(0.0, 1.1 * float(even_s[-1]) + DAY_S, 100_000)
    come = grid_s + swing / omega * (1 - np.cos(omega * grid_s))
    return replace(stream, at_s=np.interp(even_s, come, grid_s))


def chance(stream: Stream, i: int, *, charge: float) -> float:
    """Return the probability that the policy invites visitor `i`."""
    situation = Situation(
        context=np.zeros(0),
        moment="ask",
        eligible=("none", CHAT),
        predictions={"none": 0.0, CHAT: stream.uplift[i]},
        sigma=stream.sigma,
        n_eff=stream.n_eff,
        charges={CHAT: charge},
    )
    return CHOOSER.distribution(situation).distribution[CHAT]


@dataclass
class Earned:
    """What the agents of one run were worth.

    Attributes:
        moments, missed: at which somebody could be invited; that found nobody.
        value_eur: what invites and chats changed, buying told in expectation.
        talked_s: seconds of chats.
        prices_eur: sum over the moments of what a slot cost.
    """

    moments: int = 0
    missed: int = 0
    value_eur: float = 0.0
    talked_s: float = 0.0
    prices_eur: float = 0.0


class Floor:
    """Agents, their chats, and invites on their way."""

    def __init__(self, agents: int) -> None:
        self.earned = Earned()
        self._agents, self._talking = agents, 0
        self._desk = ChatDesk(settling_s=0.0)
        self._number = count()
        # Due time, a number for the order, decision (None: a chat ends), length, gain.
        self._later: list[tuple[float, int, str | None, float, float]] = []
        self._tell(0.0)

    def state(self, at_s: float) -> tuple[float, int]:
        """Return room as the gate sees it and idle agents, after all that is due."""
        while self._later and self._later[0][0] <= at_s:
            due_s, _, decision, length_s, gain_eur = heappop(self._later)
            if decision is None:
                self._talking -= 1
            elif self._desk.confirm(decision, at_s=due_s):
                self._talking += 1
                self._plan(due_s + length_s, None)
                self.earned.value_eur += gain_eur
                self.earned.talked_s += length_s
            self._tell(due_s)
        group = self._desk.groups(at_s=at_s)[GROUP]
        left = room(group.invited, free=group.free, overbooking=OVERBOOKING)
        return left, group.free

    def invite(self, stream: Stream, i: int) -> None:
        """Show the card if a part of a slot can be had; who accepts clicks later."""
        at_s, decision, truth = float(stream.at_s[i]), f"d_{i}", stream.people[i]
        held = self._desk.reserve(
            GROUP,
            decision=decision,
            share=stream.p_accept,
            overbooking=OVERBOOKING,
            until_s=at_s + INVITE_S,
            at_s=at_s,
            claim=decision,
        )
        if not held:
            return
        seen_eur, had_eur, left_eur = gains(truth)
        self.earned.value_eur += seen_eur
        if stream.luck[i, 1] >= truth.acceptance(CHAT):
            self.earned.value_eur += left_eur
            return
        length_s = -CHAT_S * float(np.log1p(-stream.luck[i, 2]))
        self._plan(at_s + ANSWER_S, decision, length_s=length_s, gain_eur=had_eur)

    def _plan(
        self,
        at_s: float,
        decision: str | None,
        *,
        length_s: float = 0.0,
        gain_eur: float = 0.0,
    ) -> None:
        item = (at_s, next(self._number), decision, length_s, gain_eur)
        heappush(self._later, item)

    def _tell(self, at_s: float) -> None:
        free = self._agents - self._talking
        self._desk.announce(GROUP, online=self._agents, free=free, ttl_s=1e9, at_s=at_s)
