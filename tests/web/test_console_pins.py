"""A pinned snapshot decides until the pin is lifted; learning goes on behind it."""

import orjson
import pytest

from engage.web.console.pins import restore_pin
from engage.web.server import build_service
from tests.web.console_shop import ask, console, post, publish, settings


async def pinned(client, number, why="worse since noon"):
    """Pin a snapshot; returns the answer's status."""
    return (await post(client, "pin", {"number": number, "why": why})).status


async def decided_with(client, service, visitor):
    """Let a visitor ask, and return the number of the snapshot that decided."""
    await ask(service, visitor)
    state = await (await client.get("/console/api/state")).json(loads=orjson.loads)
    return state["decisions"][0]["snapshot"]


async def test_a_pinned_snapshot_decides(tmp_path):
    """The pinned one decides from the next beacon on, though newer ones come."""
    async with console(tmp_path) as (client, service):
        first, second = (publish(service, threshold=p) for p in (0.5, 0.6))
        before = await decided_with(client, service, "v_1")
        assert await pinned(client, first) == 200
        rolled_back = await decided_with(client, service, "v_2")
        third = publish(service, threshold=0.7)
        behind = await decided_with(client, service, "v_3")
        assert await pinned(client, None, "mended") == 200
        after = await decided_with(client, service, "v_4")

    assert (before, rolled_back, behind, after) == (second, first, first, third)


async def test_a_pin_is_on_record(tmp_path):
    """Who reads the journal finds when and why the snapshot was pinned."""
    async with console(tmp_path) as (client, service):
        first, second = (publish(service, threshold=p) for p in (0.5, 0.6))
        await pinned(client, first)
        [entry] = service.journal.read(0, 100, kinds=("override",))

    assert entry.record.key == "pin"
    assert entry.record.body["number"] == first
    assert entry.record.body["former"] == second
    assert entry.record.body["why"] == "worse since noon"


async def test_a_pin_outlives_a_restart(tmp_path):
    """After a restart the pinned snapshot decides, and the page says why."""
    async with console(tmp_path) as (client, service):
        first = publish(service, threshold=0.5)
        publish(service, threshold=0.6)
        await pinned(client, first)
    async with console(tmp_path) as (client, service):
        state = await (await client.get("/console/api/state")).json(loads=orjson.loads)
        number = await decided_with(client, service, "v_1")

    assert number == first
    assert state["levels"]["models"]["pin"]["why"] == "worse since noon"


async def test_a_pin_needs_a_reason(tmp_path):
    """Without a reason nothing is pinned."""
    async with console(tmp_path) as (client, service):
        first = publish(service, threshold=0.5)
        status = await pinned(client, first, "")

        assert (status, service.engine("pk_demo").site.pin) == (400, None)


async def test_unknown_snapshot(tmp_path):
    """A snapshot that is not in the archive is 404, and nothing changes."""
    async with console(tmp_path) as (client, service):
        site = service.engine("pk_demo").site
        before = site.snapshot

        assert await pinned(client, 999) == 404
        assert (site.snapshot, site.pin) == (before, None)


async def test_snapshot_of_other_interventions(tmp_path):
    """A snapshot of other interventions than now cannot decide: 409."""
    async with console(tmp_path) as (client, service):
        first = publish(service, threshold=0.5)
        publish(service, threshold=0.6)
        del service.engine("pk_demo").site.interventions["returns"]

        assert await pinned(client, first) == 409


async def test_torn_snapshot(tmp_path):
    """A snapshot that cannot be read cannot decide: 409."""
    async with console(tmp_path) as (client, service):
        service.journal.put_snapshot("pk_demo", 7, offset=1, body=b"{")

        assert await pinned(client, 7) == 409


async def test_a_pin_whose_snapshot_is_gone(tmp_path):
    """If it cannot decide after a restart, the newest does."""
    service = await build_service(settings(tmp_path))
    site = service.engine("pk_demo").site
    body = orjson.dumps({"number": 999, "why": "x", "at_s": 1.0})
    service.journal.put_checkpoint("pk_demo|pin", offset=1, body=body)
    newest = site.snapshot
    restore_pin(site)
    await service.stop()

    assert (site.pin, site.snapshot) == (None, newest)


@pytest.mark.parametrize("body", [{"number": -1, "why": "x"}, {"why": "x"}, {}])
async def test_wishes_that_are_none(tmp_path, body):
    """A wish without a number, or with one below 0, is 400."""
    async with console(tmp_path) as (client, _):
        assert (await post(client, "pin", body)).status == 400
