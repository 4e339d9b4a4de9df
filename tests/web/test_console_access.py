import asyncio

import orjson
import pytest

from tests.web.console_shop import WRITES, ask, console, post

TOKEN = "a token that nobody guesses"
READER = "a token for who may only look"


async def test_closed_without_token(tmp_path):
    """With a token set, nothing but the page's files is given without it."""
    async with console(tmp_path, token=TOKEN) as (client, _):
        page = await client.get("/console/")
        paths = ("state", "live", "decisions/d_1", "visitors/v_1")
        answers = [await client.get(f"/console/api/{path}") for path in paths]

    assert page.status == 200
    assert [answer.status for answer in answers] == [401] * 4


async def test_bearer_token(tmp_path):
    """A script comes in with the token as bearer, and with no other."""
    async with console(tmp_path, token=TOKEN) as (client, _):
        good, bad = [
            await client.get(
                "/console/api/state", headers={"Authorization": f"Bearer {given}"}
            )
            for given in (TOKEN, "another")
        ]

    assert (good.status, bad.status) == (200, 401)
    assert good.headers["X-Content-Type-Options"] == "nosniff"


async def test_token_that_is_no_text(tmp_path):
    """Any bytes may stand in a header; those of no text are a wrong token, no fault."""
    head = b"GET /console/api/state HTTP/1.1\r\nHost: engage\r\nConnection: close\r\n"
    async with console(tmp_path, token=TOKEN) as (client, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(head + b"Authorization: Bearer \xff\xfe\r\n\r\n")
        answer = await reader.read()
        writer.close()

    assert answer.startswith(b"HTTP/1.1 401 ")


async def test_sign_out_ends_open_streams(tmp_path):
    """Who signs out in one window is told no more in any other."""
    async with console(tmp_path, token=TOKEN) as (client, service):
        await post(client, "login", {"token": TOKEN})
        stream = await client.get("/console/api/live")
        await stream.content.readuntil(b"\n\n")
        await post(client, "logout", {})
        await ask(service)
        async with asyncio.timeout(60):
            rest = await stream.content.read()

    # Levels and evidence may have been told before; the decision came after.
    assert b"event: decision" not in rest


async def test_session_cookie(tmp_path):
    """Signing in sets a cookie for this page alone; signing out ends it."""
    async with console(tmp_path, token=TOKEN) as (client, _):
        signed = await post(client, "login", {"token": TOKEN})
        inside = await client.get("/console/api/state")
        value = signed.cookies["engage_console"].value
        await post(client, "logout", {})
        outside = await client.get(
            "/console/api/state", headers={"Cookie": f"engage_console={value}"}
        )

    cookie = signed.headers["Set-Cookie"]
    assert (signed.status, inside.status, outside.status) == (204, 200, 401)
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/console/" in cookie


async def test_session_ends(tmp_path):
    """A session is over after twelve hours."""
    async with console(tmp_path, token=TOKEN) as (client, service):
        await post(client, "login", {"token": TOKEN})
        service.clock.move(12 * 3_600.0)
        answer = await client.get("/console/api/state")

    assert answer.status == 401


@pytest.mark.parametrize(
    "body", [b'{"token":"\xff"}', b'{"t\xff":1}', b"\xff", b"[", b""]
)
async def test_sign_in_that_is_no_message(tmp_path, body):
    """Any bytes may be posted by anybody; those that say nothing are refused."""
    async with console(tmp_path, token=TOKEN) as (client, _):
        headers = {**WRITES, "Content-Type": "application/json"}
        answer = await client.post("/console/api/login", data=body, headers=headers)

    assert answer.status == 400


async def test_guessing_is_slow(tmp_path):
    """After ten wrong tokens the right one has to wait, too."""
    async with console(tmp_path, token=TOKEN) as (client, _):
        tries = [
            (await post(client, "login", {"token": f"guess {n}"})).status
            for n in range(10)
        ]
        last = await post(client, "login", {"token": TOKEN})

    assert set(tries) == {401}
    assert last.status == 429
    assert int(last.headers["Retry-After"]) > 0


async def test_guessing_by_bearer_is_slow(tmp_path):
    """Wrong tokens in headers count like sign-ins; right ones do not count at all."""
    async with console(tmp_path, token=TOKEN, reader=READER) as (client, _):
        answers = []
        for given in (*[TOKEN] * 20, *[f"guess {n}" for n in range(10)], READER, TOKEN):
            bearer = {"Authorization": f"Bearer {given}"}
            answer = await client.get("/console/api/state", headers=bearer)
            answers.append(answer.status)
        signed = await post(client, "login", {"token": TOKEN})

    assert answers == [200] * 20 + [401] * 10 + [429] * 2
    assert signed.status == 429


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {**WRITES, "Origin": "https://evil.example"},
        {**WRITES, "Origin": "null"},
    ],
)
async def test_writes_from_elsewhere(tmp_path, headers):
    """A write without our header, or from another origin's page, is refused."""
    async with console(tmp_path) as (client, service):
        answer = await client.post(
            "/console/api/pause", json={"all": True}, headers=headers
        )

        assert answer.status == 403
        assert not service.engine("pk_demo").site.switches.all_paused


async def test_open_console_knows_its_host(tmp_path):
    """Without a token a foreign host name (DNS rebinding) is refused."""
    async with console(tmp_path) as (client, _):
        answer = await client.get(
            "/console/api/state", headers={"Host": "rebound.example"}
        )

    assert answer.status == 403


CHANGES = [
    ("POST", "pause", {"all": True}),
    ("POST", "agents/guitars", {"online": 1, "free": 1}),
    ("POST", "pin", {"number": 0, "why": "x"}),
    ("DELETE", "visitors/v_1", None),
    ("GET", "visitors/v_1", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
async def test_readers_change_nothing(tmp_path, method, path, body):
    """Who signs in as a reader changes nothing and searches no visitor."""
    bearer = {"Authorization": f"Bearer {READER}", **WRITES}
    async with console(tmp_path, token=TOKEN, reader=READER) as (client, service):
        await ask(service)
        url = f"/console/api/{path}"
        answer = await client.request(method, url, json=body, headers=bearer)

        assert answer.status == 403
        assert service.journal.visitor("pk_demo", "v_1") is not None


async def test_readers_see_no_visitor(tmp_path):
    """A reader sees decisions in full, but not whose they are."""
    async with console(tmp_path, token=TOKEN, reader=READER) as (client, service):
        await ask(service)
        await post(client, "login", {"token": READER})
        state = await (await client.get("/console/api/state")).json(loads=orjson.loads)
        one = state["decisions"][0]["decision"]
        answer = await client.get(f"/console/api/decisions/{one}")
        told = await answer.text()

    assert (state["role"], state["is_signed_in"]) == ("reader", True)
    assert answer.status == 200
    assert '"visitor"' not in told


async def test_no_reader_without_a_token(tmp_path):
    """Where no reader's token is set, an empty one lets nobody in."""
    async with console(tmp_path, token=TOKEN) as (client, _):
        answer = await client.get(
            "/console/api/state", headers={"Authorization": "Bearer "}
        )

    assert answer.status == 401
