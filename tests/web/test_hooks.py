"""Other systems of the shop are told what happens: signed, in order, at least once."""

import hmac
from base64 import b64decode, b64encode
from dataclasses import replace

import orjson
import pytest

from engage.clock import ManualClock
from engage.wire.hooks import hook_secret
from tests.web.hooked_shop import (
    CHECKOUT,
    GUITAR,
    ended,
    hook_of,
    hooked,
    noted,
    receiving,
    site,
)
from tests.web.serving import SALT, SITE, T0, serving


@pytest.fixture
async def receiver():
    """Return a receiver that runs."""
    async with receiving() as one:
        yield one


async def test_checkout_left(tmp_path, receiver):
    """Who leaves in the checkout is handed over, with what was in the cart."""
    clock = ManualClock(at_s=T0)
    async with hooked(tmp_path, clock, site(receiver.url)) as at:
        await at.beacon(*CHECKOUT, page={"kind": "checkout", "locale": "de"})
        await at.beacon("page_view", visitor="v_2", session="s_2")
        await ended(at, clock)
        await at.until(lambda: receiver.got)

    (told,) = receiver.got
    assert (told["type"], told["site"]) == ("checkout_left", "pk_demo")
    data = told["data"]
    assert data["visitor"] == "v_1"
    assert data["session"] == "s_1"
    assert data["funnel"] == "checkout"
    assert data["cart"] == [{"item_id": "42", "quantity": 1, "price": 899.0}]
    assert (data["value"], data["currency"], data["locale"]) == (899.0, "EUR", "de")


async def test_signature(tmp_path, receiver):
    """A message proves itself by the secret that `engage keys hooks` prints."""
    clock = ManualClock(at_s=T0)
    async with hooked(tmp_path, clock, site(receiver.url)) as at:
        await at.beacon(*CHECKOUT)
        await ended(at, clock)
        await at.until(lambda: receiver.got)
    headers, body = receiver.headers[0]
    secret = hook_secret(SALT, site="pk_demo", hook="mail").removeprefix("whsec_")
    sent = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    proof = b64encode(hmac.digest(b64decode(secret), sent, "sha256")).decode()

    assert headers["webhook-signature"] == f"v1,{proof}"
    assert int(headers["webhook-timestamp"]) == int(clock.now_s())


CASES = ["ordered", "no leave", "leave taken back", "empty cart", "bot"]


@pytest.mark.parametrize("case", CASES)
async def test_nobody_to_write_to(tmp_path, receiver, case):
    """Who ordered, gave no leave, has nothing in the cart or is a bot is left alone."""
    clock, events, more = ManualClock(at_s=T0), CHECKOUT, {}
    shop = replace(site(receiver.url), welcome_automated=False)
    if case == "no leave":
        more["consent"] = {"measure": True, "personalise": False}
    elif case == "empty cart":
        taken = {"name": "remove_from_cart", "item": GUITAR}
        events = (*CHECKOUT, taken)
    elif case == "bot":
        more["automated"] = True
    async with hooked(tmp_path, clock, shop) as at:
        await at.beacon(*events, **more)
        if case == "leave taken back":
            consent = {"measure": True, "personalise": False}
            await at.beacon("page_view", seq=1, consent=consent)
        if case == "ordered":
            order = {"order_id": "A-1", "visitor": "v_1", "value": 9, "currency": "EUR"}
            assert (await at.shop("POST", "/v1/orders", order)).status == 202
        # Told after it, so that there is something to wait for.
        await at.beacon(*CHECKOUT, visitor="v_2", session="s_2")
        await ended(at, clock)
        await at.until(lambda: receiver.got)

    assert [told["data"]["visitor"] for told in receiver.got] == ["v_2"]


async def test_everything_in_order(tmp_path, receiver):
    """Decisions, what became of them and visits are told in the journal's order."""
    clock = ManualClock(at_s=T0)
    shop = site(receiver.url, "decision", "outcome", "settled", "visit")
    async with hooked(tmp_path, clock, shop) as at:
        await at.beacon("page_view", "view_item", "ask")
        await at.until(lambda: receiver.got)
        # Short close, end of the visit, long close.
        for _ in range(3):
            await ended(at, clock)
            clock.move(8 * 86_400.0)
        await at.until(lambda: len(receiver.got) >= 3)
        log = await at.shop("GET", "/v1/decisions")

    assert receiver.types() == ["decision", "visit", "settled"]
    record = orjson.loads(log.body)
    told = receiver.got[0]["data"]
    assert {name: told[name] for name in ("decision", "visitor", "action")} == {
        name: record[name] for name in ("decision", "visitor", "action")
    }
    assert receiver.got[2]["data"]["decision"] == record["decision"]


async def test_outcome(tmp_path, receiver):
    """An outcome is told as it stands in the record, without what proved it."""
    clock = ManualClock(at_s=T0)
    shop = site(receiver.url, "outcome")
    async with hooked(tmp_path, clock, shop) as at:
        card = None
        for number in range(60):
            who = {"visitor": f"v_{number}", "session": f"s_{number}"}
            answer = await at.beacon("page_view", "view_item", "ask", **who)
            if answer.status == 200:
                card = answer.json()["decision"]
                break
        named = {"decision": card["id"], "token": card["token"]}
        await at.beacon({"name": "action_shown", **named}, seq=1, **who)
        await at.until(lambda: receiver.got)

    (told,) = receiver.got
    assert (told["data"]["decision"], told["data"]["name"]) == (card["id"], "shown")
    assert told["data"]["at"] == told["timestamp"]
    assert card["token"] not in str(receiver.headers)


async def test_told_again_until_taken(tmp_path, receiver):
    """What cannot be taken now is told again, the same, after longer pauses."""
    pauses = []

    async def pause(seconds):
        pauses.append(seconds)

    clock = ManualClock(at_s=T0)
    async with serving(tmp_path, clock=clock, sites=(SITE,)) as at:
        hook = hook_of(at, clock, receiver, pause=pause)
        await hook.begin()
        receiver.statuses = [503, 429, 500]
        await at.beacon(*CHECKOUT)
        await ended(at, clock)
        await at.service.journal.append()
        while await hook.step():
            continue
        await hook.close()
        sums = at.service.metrics.hook_messages.sums

    assert pauses == [1.0, 2.0, 4.0]
    assert len({(h["webhook-id"], body) for h, body in receiver.headers}) == 1
    assert receiver.types() == ["checkout_left"]
    assert sums == {("mail", "postponed"): 3.0, ("mail", "taken"): 1.0}


@pytest.mark.parametrize("status", [302, 400, 404, 410])
async def test_refused_for_good(tmp_path, receiver, status):
    """What a receiver refuses is counted and passed over; the next is told."""
    clock = ManualClock(at_s=T0)
    async with hooked(tmp_path, clock, site(receiver.url)) as at:
        receiver.statuses = [status]
        await at.beacon(*CHECKOUT)
        await at.beacon(*CHECKOUT, visitor="v_2", session="s_2")
        await ended(at, clock)
        await at.until(lambda: receiver.got)
        sums = dict(at.service.metrics.hook_messages.sums)

    assert len(receiver.got) == 1
    assert sums[("mail", "refused")] == 1.0


async def test_goes_on_after_a_restart(tmp_path, receiver):
    """What happened while the receiver was away is told after a restart, once."""
    clock = ManualClock(at_s=T0)
    away = site("http://127.0.0.1:9/nobody")
    async with hooked(tmp_path, clock, away) as at:
        await at.beacon(*CHECKOUT)
        await ended(at, clock)
        messages = at.service.metrics.hook_messages
        await at.until(lambda: messages.sums.get(("mail", "postponed")))
    for _ in range(2):
        async with hooked(tmp_path, clock, site(receiver.url)) as at:
            await at.until(lambda: receiver.got)
            await at.beacon(*CHECKOUT, visitor="v_3", session="s_3")
            await ended(at, clock)
            # Stopped before that, it would rightly tell the same again.
            await noted(at)

    told = [one["data"]["visitor"] for one in receiver.got]
    assert told[:2] == ["v_1", "v_3"]
    assert len({h["webhook-id"] for h, _ in receiver.headers}) == len(receiver.got)


async def test_new_hook_is_not_told_the_past(tmp_path, receiver):
    """A hook that is new hears what happens from now on."""
    clock = ManualClock(at_s=T0)
    async with serving(tmp_path, clock=clock) as at:
        await at.beacon(*CHECKOUT)
        await ended(at, clock)
    async with hooked(tmp_path, clock, site(receiver.url)) as at:
        await at.beacon(*CHECKOUT, visitor="v_2", session="s_2")
        await ended(at, clock)
        await at.until(lambda: receiver.got)

    assert [told["data"]["visitor"] for told in receiver.got] == ["v_2"]


@pytest.mark.parametrize("statuses", [[], [503]], ids=["before", "between tries"])
async def test_erased_visitor_is_not_named(tmp_path, receiver, statuses):
    """Of who was erased meanwhile no id is told, and nobody is asked to write to."""
    clock, tells = ManualClock(at_s=T0), ("checkout_left", "visit")

    async def erase(_pause_s):
        await at.shop("DELETE", "/v1/visitors/v_1")

    async with serving(tmp_path, clock=clock, sites=(SITE,)) as at:
        hook = hook_of(at, clock, receiver, *tells, pause=erase)
        await hook.begin()
        await at.beacon(*CHECKOUT)
        await ended(at, clock)
        receiver.statuses = statuses
        if not statuses:
            await erase(0.0)
        while await hook.step():
            continue
        await hook.close()

    assert [told["type"] for told in receiver.got] == ["visit"]
    assert [told["data"]["visitor"] for told in receiver.got] == [None]
    assert "v_1" not in str(receiver.got)
