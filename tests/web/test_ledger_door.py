"""How workers ask the ledger about visitors; new ones are nothing to be loud about."""

from contextlib import asynccontextmanager

import orjson
import pytest
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from engage.clock import SystemClock
from engage.web.app import ledger_app, public_app
from engage.web.ledger_door import LedgerDoor
from tests.web.serving import JSON, ORIGIN, OTHER, SITE, serving


@asynccontextmanager
async def door_to(at):
    """Give a worker's door to the ledger of a service."""
    async with TestServer(ledger_app(at.service)) as server:

        async def where():
            return str(server.make_url("")).rstrip("/")

        secrets = at.service.settings.secrets
        keys = {key: one.server_key for key, one in secrets.items()}
        door = LedgerDoor(where, keys=keys, clock=SystemClock())
        await door.find()
        yield door
        await door.close()


async def test_who_they_were(tmp_path):
    """Somebody who was here before comes with what the ledger holds of them."""
    async with serving(tmp_path) as at:
        await at.beacon("ask", visitor="v_known")
    async with serving(tmp_path) as at, door_to(at) as door:
        row = await door.visitor("pk_demo", "v_known")

    assert row is not None
    assert row["visit_index"] >= 1


async def test_somebody_new(tmp_path):
    """Most visitors are new: nobody is told of it, neither in the log nor as a 404."""
    async with serving(tmp_path) as at, door_to(at) as door:
        with capture_logs() as lines:
            row = await door.visitor("pk_demo", "v_new")
        codes = at.service.metrics.http_requests.sums

    assert row is None
    assert [one["event"] for one in lines if one["event"] == "request.refused"] == []
    assert codes[("internal_visitor", "GET", "204")] == 1.0


@pytest.mark.parametrize(
    ("origin", "status"),
    [(ORIGIN, 200), (None, 200), (OTHER.origins[0], 404), ("https://evil", 403)],
)
async def test_card_of_the_second_shop(tmp_path, origin, status):
    """Another worker's card is confirmed for the pages of its own shop, any of them."""
    shops = {"sites": (OTHER, SITE)}
    headers = JSON if origin is None else {**JSON, "Origin": origin}
    async with (
        serving(tmp_path / "ledger", **shops) as at,
        door_to(at) as door,
        serving(tmp_path / "worker", **shops) as other,
    ):
        told = (await at.beacon("page_view", "ask")).json()["decision"]
        other.service.ledger = door
        path = f"/v1/decisions/{told['id']}/confirm"
        body = orjson.dumps({"token": told["token"]})
        async with TestClient(TestServer(public_app(other.service))) as client:
            answer = await client.post(path, data=body, headers=headers)
        other.service.ledger = None

    assert answer.status == status
