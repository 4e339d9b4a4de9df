"""CONTRACT section 1, seen from outside: what a browser sends and is told."""

import gzip
from dataclasses import replace

import orjson
import pytest

from tests.web.serving import JSON, ORIGIN, SITE, beacon, request, serving

LONG = b"x" * (17 * 1024)
ASK = {"name": "ask"}
CARD_KEYS = {"id", "token", "action", "kind", "moment", "content", "expires_in_ms"}


async def test_behaviour_is_taken(at):
    """A beacon without a moment is answered with 204 and nothing else."""
    answer = await at.beacon("page_view")

    assert (answer.status, answer.body) == (204, b"")


async def test_moment_is_answered(at):
    """A moment with something eligible is answered with a card or with nothing."""
    answers = [
        await at.beacon(ASK, visitor=f"v_{n}", session=f"s_{n}") for n in range(40)
    ]

    cards = [one.json()["decision"] for one in answers if one.status == 200]
    assert {one.status for one in answers} == {200, 204}
    assert all(set(card) == CARD_KEYS for card in cards)
    assert {card["action"] for card in cards} == {"returns"}


async def test_repeat_gets_its_decision_again(at):
    """The same beacon again gets the same card, with the same token."""
    for n in range(40):
        first = await at.beacon(ASK, visitor=f"v_{n}", session=f"s_{n}")
        if first.status == 200:
            break
    again = await at.beacon(ASK, visitor=f"v_{n}", session=f"s_{n}")

    assert again.json()["decision"]["id"] == first.json()["decision"]["id"]
    assert again.json()["decision"]["token"] == first.json()["decision"]["token"]


async def test_without_consent_no_trace(at):
    """Without consent to measure: 204, a count, and nothing held."""
    answer = await at.beacon("page_view", consent={"measure": False})
    held = await at.shop("GET", "/v1/visitors/v_1")

    assert (answer.status, held.status) == (204, 404)
    assert at.service.metrics.beacons.sums["no_consent",] == 1


async def test_gpc_means_no_personal_decision(at):
    """Sec-GPC is heard unless the consent was explicit."""
    for n in range(10):
        who = {"visitor": f"v_{n}", "session": f"s_{n}", "headers": {"Sec-GPC": "1"}}
        assert (await at.beacon(ASK, **who)).status == 204
    lines = (await at.shop("GET", "/v1/decisions")).body.splitlines()

    refused = [orjson.loads(line)["refused"] for line in lines]
    assert {reason for row in refused for reason in row.values()} == {"gpc"}


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
async def test_robot_that_says_so(tmp_path, connection):
    """A crawler gets no card, by either door; its decision says why."""
    shop = replace(SITE, welcome_automated=False)
    headers = {"User-Agent": "Googlebot/2.1 (+http://google.com/bot.html)"}
    async with serving(tmp_path, sites=(shop,)) as at:
        answer = await at.beacon(ASK, headers={**headers, "Connection": connection})
        row = (await at.shop("GET", "/v1/decisions")).json()

    assert answer.status == 204
    assert (row["eligible"], set(row["refused"].values())) == (["none"], {"bot"})


REFUSED = [
    ("no JSON", b"{", {}, 400, None),
    ("no object", b"[]", {}, 400, None),
    ("missing field", b'{"v": 1}', {}, 400, None),
    ("wrong version", beacon(v=2), {}, 400, "v"),
    ("negative seq", beacon(seq=-1), {}, 400, "seq"),
    ("long id", beacon(visitor="v" * 65), {}, 400, "visitor"),
    ("newline in id", beacon(session="s_1\n"), {}, 400, "session"),
    (
        "negative price",
        beacon({"name": "view_item", "item": {"item_id": "1", "price": -5}}),
        {},
        400,
        "events[0].item.price",
    ),
    ("not a number", beacon(seq=1).replace(b'"seq":1', b'"seq":NaN'), {}, 400, None),
    ("infinite", beacon(seq=1).replace(b'"seq":1', b'"seq":1e999'), {}, 400, None),
    ("lone surrogate", beacon().replace(b"v_1", b"\\ud800"), {}, 400, None),
    ("no UTF-8", b"\xff\xfe", {}, 400, None),
    ("deep", b"[" * 20_000, {"Content-Encoding": "identity"}, 413, None),
    ("deep within", b"[" * 15_000, {}, 400, None),
    ("101 events", beacon(*["ping"] * 101), {}, 400, "events"),
    ("empty", b"", {}, 400, None),
    ("unknown site", beacon(site="pk_nobody"), {}, 403, "site"),
    ("too long", LONG, {}, 413, None),
    ("no media type", beacon(), {"Content-Type": "text/html"}, 415, "content-type"),
    ("a form", beacon(), {"Content-Type": "multipart/form-data"}, 415, "content-type"),
    (
        "unknown encoding",
        beacon(),
        {"Content-Encoding": "br"},
        415,
        "content-encoding",
    ),
    ("no gzip", beacon(), {"Content-Encoding": "gzip"}, 400, None),
    (
        "truncated gzip",
        gzip.compress(beacon(), mtime=0)[:-9],
        {"Content-Encoding": "gzip"},
        400,
        None,
    ),
    (
        "two gzip members",
        gzip.compress(beacon(), mtime=0) * 2,
        {"Content-Encoding": "gzip"},
        400,
        None,
    ),
    (
        "gzip bomb",
        gzip.compress(b"0" * 10_000_000, mtime=0),
        {"Content-Encoding": "gzip"},
        413,
        None,
    ),
    (
        "forged token",
        beacon({"name": "action_shown", "decision": "d_1", "token": "f.1.2"}),
        {},
        401,
        None,
    ),
]


@pytest.mark.parametrize(
    ("body", "headers", "status", "field"),
    [row[1:] for row in REFUSED],
    ids=[row[0] for row in REFUSED],
)
async def test_bad_beacon_is_refused(at, body, headers, status, field):
    """A caller's fault is a 4xx problem that names its field; nothing is applied."""
    sent = {"Origin": ORIGIN, **JSON, **headers}
    answer = await at.call("POST", "/v1/beacons", data=body, headers=sent)

    problem = answer.json()
    assert answer.status == problem["status"] == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["type"].startswith("/problems/")
    assert field is None or problem["field"] == field
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert await at.service.store.live_sessions() == 0


@pytest.mark.parametrize("media", ["application/json", "text/plain;charset=UTF-8"])
async def test_both_media_types_are_read(at, media):
    """JSON may be called text, which spares browsers the preflight."""
    answer = await at.beacon("page_view", headers={"Content-Type": media})

    assert answer.status == 204


async def test_gzip_is_read(at):
    """A compressed beacon is a beacon."""
    sent = {**JSON, "Origin": ORIGIN, "Content-Encoding": "gzip"}
    body = gzip.compress(beacon("page_view"))

    assert (await at.call("POST", "/v1/beacons", data=body, headers=sent)).status == 204


async def test_unknown_parts_are_counted_and_ignored(at):
    """Unknown fields and events harm nobody and are counted."""
    answer = await at.beacon("page_view", "teleport", colour="red")

    assert answer.status == 204
    assert at.service.metrics.dropped.sums["unknown_field",] == 1
    assert at.service.metrics.dropped.sums["unknown_event",] == 1


async def test_results_are_told_to_who_asks(at):
    """An account can be made: the result is told when it is preferred."""
    asking = {"Prefer": "engage-result"}
    first = await at.beacon("page_view", headers=asking)
    again = await at.beacon("page_view", headers=asking)

    results = [one.headers["Engage-Result"] for one in (first, again)]
    assert results == ["applied", "duplicate"]


async def test_late_outcome_is_no_error(at):
    """A repeated outcome with a valid token is 204."""
    for n in range(40):
        who = {"visitor": f"v_{n}", "session": f"s_{n}"}
        first = await at.beacon(ASK, **who)
        if first.status == 200:
            break
    card = first.json()["decision"]
    shown = {"name": "action_shown", "decision": card["id"], "token": card["token"]}
    answers = [await at.beacon(shown, seq=seq, **who) for seq in (1, 2)]

    assert [one.status for one in answers] == [204, 204]
    assert at.service.metrics.dropped.sums["repeated_outcome",] == 1


async def test_foreign_token_stops_the_beacon(at):
    """A token of another session is 401 and nothing of its beacon is applied."""
    for n in range(40):
        first = await at.beacon(ASK, visitor=f"v_{n}", session=f"s_{n}")
        if first.status == 200:
            break
    card = first.json()["decision"]
    shown = {"name": "action_shown", "decision": card["id"], "token": card["token"]}
    before = await at.service.store.live_sessions()
    answer = await at.beacon("page_view", shown, visitor="v_x", session="s_x")

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert await at.service.store.live_sessions() == before


async def test_old_http_is_told_that_it_closes(at):
    """HTTP/1.0 gets its answer, and the connection ends unless it asked to stay."""
    old = request(beacon()).replace(b"HTTP/1.1", b"HTTP/1.0")
    raw = await at.raw(old)
    everything = await raw.rest()
    await raw.close()

    assert everything.startswith(b"HTTP/1.1 204 No Content\r\n")


async def test_closing_is_honoured(at):
    """Who asks for the connection to close gets that said, and done."""
    raw = await at.raw(request(beacon(), "Connection: close"))
    everything = await raw.rest()
    await raw.close()

    assert b"Connection: close\r\n" in everything
