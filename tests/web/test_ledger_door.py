"""How workers ask the ledger about visitors; new ones are nothing to be loud about."""

import asyncio
from contextlib import asynccontextmanager

import orjson
import pytest
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from engage.clock import SystemClock
from engage.web.app import ledger_app, public_app
from engage.web.ledger_door import LedgerDoor
from tests.web.serving import JSON, ORIGIN, OTHER, SERVER, SITE, serving


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """Let nobody be given up who is only slow: that is not what these tests are of."""
    monkeypatch.setattr("engage.web.ledger_door._VISITOR_S", 60.0)


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


@asynccontextmanager
async def door_to_another_service(answer):
    """Give a worker's door to what answers everything like that, and ends."""

    async def reply(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(reply, "127.0.0.1") as server:
        host, port = server.sockets[0].getsockname()[:2]

        async def where():
            return f"http://{host}:{port}"

        door = LedgerDoor(where, keys={"pk": "sk_hunter2"}, clock=SystemClock())
        await door.find()
        yield door
        await door.close()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"-ERR unknown command 'GET'\r\n\r\n", "ClientResponseError"),
        (b"", "ServerDisconnectedError"),
    ],
)
async def test_something_else_at_the_address(answer, said):
    """What is no HTTP is logged without what was asked: no visitor, no server key."""
    async with door_to_another_service(answer) as door:
        with capture_logs() as lines:
            row = await door.visitor("pk", "v_somebody")

    assert row is None
    (line,) = [one for one in lines if one["event"] == "ledger.unreachable"]
    assert line["error"] == said
    assert "hunter2" not in str(lines)
    assert "v_somebody" not in str(lines)


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


@pytest.mark.parametrize("path", ["/v1/visitors/v_known", "/v1/decisions"])
async def test_told_of_people(tmp_path, path):
    """What is told of people is kept by nobody on the way, passed on or not."""
    async with (
        serving(tmp_path / "ledger") as at,
        door_to(at) as door,
        serving(tmp_path / "worker") as other,
    ):
        await at.beacon("page_view", "ask", visitor="v_known")
        other.service.ledger = door
        async with TestClient(TestServer(public_app(other.service))) as client:
            passed_on = await client.get(path, headers=SERVER)
        other.service.ledger = None
        told = await at.shop("GET", path)

    for answer in (told, passed_on):
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")


async def test_a_shop_that_the_ledger_does_not_know_yet(tmp_path):
    """Workers that were started first keep its orders for the learner to come."""
    headers = {**JSON, "Authorization": f"{SERVER['Authorization']}-"}
    order = {"order_id": "A-1", "value": 9, "currency": "EUR"}
    async with (
        serving(tmp_path / "ledger", sites=(OTHER,)) as at,
        door_to(at) as door,
        serving(tmp_path / "worker", sites=(OTHER, SITE)) as worker,
    ):
        worker.service.ledger = door
        async with TestClient(TestServer(public_app(worker.service))) as client:
            told = await client.post("/v1/orders", json=order, headers=headers)
            result = await told.json()
            asked = await client.get("/v1/decisions", headers=headers)
        worker.service.ledger = None

    assert (told.status, result) == (202, {"result": "received"})
    assert asked.status == 503
