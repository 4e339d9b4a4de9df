"""Erasure while the visitor goes on, and asked for by who takes consent back."""

import asyncio
import threading

from engage.street.erasure import erase
from tests.unit.street.builders import SITE, VIEW, event


async def subject_of(shop):
    """Return under which subject the visitor's visit goes on, if it does."""
    known = await shop.store.load(SITE, "v_1", "s_v_1")
    return None if known.visitor is None else known.visitor.subject


async def test_heard_of_while_being_erased(shop):
    """A beacon on its way to a journal that erases leads back to nobody."""
    await shop.ask()
    erased = await subject_of(shop)
    goes_on = threading.Event()
    shop.journal._writer.submit("wait", lambda _: goes_on.wait())
    erasing = asyncio.create_task(erase(shop.site, "v_1"))
    await asyncio.sleep(0)
    await shop.send(*VIEW)
    known_meanwhile = await subject_of(shop)

    goes_on.set()
    await erasing

    assert known_meanwhile == erased
    assert await subject_of(shop) is None
    await shop.send(*VIEW)
    assert await subject_of(shop) != erased


async def test_forget_with_consent_taken_back(shop):
    """Who withdraws consent and asks to be forgotten in one beacon is forgotten."""
    _, body = await shop.ask()

    answer = await shop.send(event("forget"), consent=(False, False))

    assert answer.is_empty
    assert shop.journal.visitor(SITE, "v_1") is None
    assert await shop.store.live_sessions() == 0
    assert shop.row(body["decision"])["visitor"] is None
    assert shop.site.metrics.beacons.sums["no_consent",] == 1
