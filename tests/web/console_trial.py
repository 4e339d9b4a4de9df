"""A challenger on trial behind a console; its learner is stepped by hand."""

from __future__ import annotations

import asyncio
from pathlib import Path

from engage.learning.candidates import Candidate
from engage.learning.trials.orders import FOLDER, Order, hand_over
from engage.web.service import Service
from tests.web.console_shop import SITE


def candidate_of(service: Service) -> Candidate:
    """Return what the service's own learner knows, as a candidate."""
    learner = service.learner.lineages[SITE.key].learner
    return Candidate(
        card={"seed": 7, "version": "0"},
        site=SITE.key,
        learner=SITE.learner,
        policy=SITE.policy,
        snapshot=learner.freeze(number=0, at_s=service.clock.now_s()),
        state=learner.state(),
    )


async def step(service: Service) -> None:
    """Let the learner look once, and everybody hear of it."""
    await asyncio.to_thread(service.learner.step)
    # What was called soon comes before what is called after it.
    heard = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(heard.set_result, None)
    await heard


async def begin(service: Service, **more: object) -> None:
    """Hand a candidate over and let it be taken up."""
    text = candidate_of(service).encode().decode()
    folder = Path(service.settings.server.data) / FOLDER
    order = Order(what="try", site=SITE.key, candidate=text, **more)
    await asyncio.to_thread(hand_over, folder, order)
    await step(service)
