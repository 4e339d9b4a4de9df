import re

import orjson
import pytest
from structlog.testing import capture_logs

from engage.errors import CallerError
from engage.web.console.hub import MOST_RECENT, Hub
from engage.web.console.pages import ASSETS
from engage.web.console.routes import CONSOLE
from tests.web.console_shop import WRITES, ask, console, post, price_agents

# Code or style inside the page, or an address elsewhere.
INLINE = r"<style|style=|<script(?![^>]*src=)|\son\w+=|https?:"


async def state_of(client):
    """Return the console's state."""
    answer = await client.get("/console/api/state")
    return await answer.json(loads=orjson.loads)


async def next_event(answer, name):
    """Return the data of the stream's next event of a name."""
    while True:
        event = await answer.content.readuntil(b"\n\n")
        head, _, data = event.partition(b"\ndata: ")
        if head == f"event: {name}".encode():
            return orjson.loads(data)


async def test_decision_is_told_at_once(tmp_path):
    """A decision arrives on the open stream with scores, odds and refusals."""
    async with (
        console(tmp_path) as (client, service),
        client.get("/console/api/live") as live,
    ):
        await next_event(live, "state")
        await ask(service)
        told = await next_event(live, "decision")

    assert told["moment"] == "ask"
    assert sum((told["ghost"] or told)["distribution"].values()) == pytest.approx(1.0)
    assert told["refused"]["chat_guitars"] == "no_agent"
    assert set(told["scores"]) == {"hesitation", "dwell", "intent"}


async def test_state_remembers(tmp_path):
    """Who opens the console later finds the decisions made before a restart."""
    async with console(tmp_path) as (_, service):
        await ask(service)
    async with console(tmp_path) as (client, _):
        state = await state_of(client)

    assert [one["moment"] for one in state["decisions"]] == ["ask"]
    assert state["is_demo"] is True


async def test_one_decision_in_full(tmp_path):
    """A decision's own page holds features, policy and the terms of its prediction."""
    async with console(tmp_path) as (client, service):
        await ask(service)
        [one] = (await state_of(client))["decisions"]
        answer = await client.get(f"/console/api/decisions/{one['decision']}")
        full = await answer.json(loads=orjson.loads)

    assert full["visitor"] == "v_1"
    assert "price_eur" in {feature["name"] for feature in full["features"]}
    assert set(full["reasons"]) == set(one["eligible"]) - {"none"}


async def test_what_agents_cost(tmp_path):
    """In full, a decision tells what each action was charged for agents' time."""
    async with console(tmp_path) as (client, service):
        await price_agents(service, eur=9.0)
        await ask(service)
        state = await state_of(client)
        (one,) = state["decisions"]
        answer = await client.get(f"/console/api/decisions/{one['decision']}")
        full = await answer.json(loads=orjson.loads)

    assert full["inputs"]["prices"] == {"guitars": 9.0}
    assert full["charges"] == {"chat_guitars": pytest.approx(0.9)}


async def test_unknown_decision(tmp_path):
    """A decision that does not exist is 404."""
    async with console(tmp_path) as (client, _):
        answer = await client.get("/console/api/decisions/d_unheard")

    assert answer.status == 404


async def test_agents_by_hand(tmp_path):
    """Agents set by hand are there for the gates, and gone when set to nobody."""
    async with console(tmp_path) as (client, service):
        site = service.engine("pk_demo").site
        await post(client, "agents/guitars", {"online": 2, "free": 3})
        there = await site.store.chats.groups("pk_demo", at_s=service.clock.now_s())
        await post(client, "agents/guitars", {"online": 0, "free": 0})
        gone = await site.store.chats.groups("pk_demo", at_s=service.clock.now_s())

    assert (there["guitars"].free, gone["guitars"].free) == (3, 0)


async def test_unknown_group(tmp_path):
    """A group that no chat needs and nobody announced is 404."""
    async with console(tmp_path) as (client, _):
        answer = await post(client, "agents/pianos", {"online": 1, "free": 1})

    assert answer.status == 404


async def test_pause_one(tmp_path):
    """A paused intervention is refused in the next decision, with that reason."""
    async with console(tmp_path) as (client, service):
        await post(client, "pause", {"intervention": "returns", "paused": True})
        await ask(service)
        state = await state_of(client)

    assert state["decisions"][0]["refused"]["returns"] == "paused"
    status = {one["id"]: one["status"] for one in state["levels"]["interventions"]}
    assert (status["returns"], status["autumn10"]) == ("paused", "on")


async def test_pause_everything(tmp_path):
    """With everything paused only nothing is eligible, until it is resumed."""
    async with console(tmp_path) as (client, service):
        await post(client, "pause", {"all": True, "why": "night"})
        await ask(service, "v_1")
        await post(client, "pause", {"all": False})
        await ask(service, "v_2")
        later, first = (await state_of(client))["decisions"]

    assert first["eligible"] == ["none"]
    assert "returns" in later["eligible"]


async def test_pause_is_recorded(tmp_path):
    """A pause is a journal record with its reason, and outlives a restart."""
    async with console(tmp_path) as (client, service):
        await post(client, "pause", {"all": True, "why": "price was wrong"})
        [entry] = service.journal.read(0, 10, kinds=("override",))
    async with console(tmp_path) as (client, service):
        switches = (await state_of(client))["levels"]["switches"]

    assert entry.record.body["why"] == "price was wrong"
    assert switches["all_paused"] is True


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"intervention": "returns"}, 400),
        ({"intervention": "unheard", "paused": True}, 404),
        ({"all": "yes"}, 400),
        ({"all": True, "more": 1}, 400),
    ],
)
async def test_bad_pause(tmp_path, body, status):
    """A pause that says nothing, or too much, changes nothing."""
    async with console(tmp_path) as (client, service):
        answer = await post(client, "pause", body)

        assert answer.status == status
        assert service.engine("pk_demo").site.paused == frozenset()


async def test_visitor_export_and_erasure(tmp_path):
    """A visitor is found, handed out and erased; then nothing is held."""
    async with console(tmp_path) as (client, service):
        await ask(service)
        found = await client.get("/console/api/visitors/v_1")
        held = await found.json(loads=orjson.loads)
        gone = await client.delete("/console/api/visitors/v_1", headers=WRITES)
        after = await client.get("/console/api/visitors/v_1")

    assert len(held["decisions"]) == 1
    assert (gone.status, after.status) == (204, 404)


async def test_lift_says_how_far(tmp_path):
    """The lift panel is told how many orders are missing before any interval."""
    async with console(tmp_path) as (client, service):
        await ask(service)
        follower = client.app[CONSOLE].follower
        while await follower.step():
            pass
        await follower.measure()
        lift = (await state_of(client))["evidence"]["lift"]

    assert (lift["verdict"], lift["waiting"]) == ("collecting", 1)
    assert (lift["treatment"]["missing"], lift["holdout"]["missing"]) == (30, 30)
    assert lift["metrics"]["margin"]["low"] is None


async def test_page_needs_nothing_from_elsewhere(tmp_path):
    """The page runs under a strict policy: no inline code, no foreign address."""
    async with console(tmp_path) as (client, _):
        answer = await client.get("/console/")
        html = await answer.text()

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert re.findall(INLINE, html) == []


async def test_every_file_is_served(tmp_path):
    """Each file of the folder is served with its type, and nothing outside of it."""
    async with console(tmp_path) as (client, _):
        answers = {
            path.name: await client.get(f"/console/{path.name}")
            for path in ASSETS.iterdir()
        }
        outside = await client.get("/console/..%2fconsole.py")

    assert {one.status for one in answers.values()} == {200}
    assert answers["app.js"].content_type == "text/javascript"
    assert outside.status == 404


async def test_scripts_are_short():
    """No module or style of the console is longer than 300 lines."""
    long = [p.name for p in ASSETS.iterdir() if p.read_text().count("\n") > 300]

    assert long == []


async def test_both_languages_say_the_same():
    """Every word that the English page has, the German one has, too."""
    keys = [
        set(re.findall(r"'([a-z_]+(?:\.[a-z_0-9]+)*)': '", (ASSETS / name).read_text()))
        for name in ("words.en.js", "words.de.js")
    ]

    assert keys[0] - keys[1] == set()


def test_every_count_has_a_german_word():
    """What is counted by reason is said in German; in English the names say it."""
    source = "".join(path.read_text() for path in ASSETS.parents[2].rglob("*.py"))
    counted = re.findall(r"\.(dropped|orders)[\w.(]*\)?\.add\(\s*\"([\w-]+)\"", source)
    kinds = [("dropped", one.kind) for one in every_kind_of(CallerError)]
    german = (ASSETS / "words.de.js").read_text()
    said = re.findall(r"'(dropped|orders)\.([\w-]+)': '", german)

    assert len(counted) > 10
    assert {*counted, *kinds} - set(said) == set()


def every_kind_of(kind):
    """Return an error's class and all that are of it."""
    return [kind, *(one for sub in kind.__subclasses__() for one in every_kind_of(sub))]


async def test_slow_watcher(tmp_path):
    """A watcher that does not read loses messages, is told so, and holds up nobody."""
    async with console(tmp_path) as (_, service):
        hub = Hub(service.engine("pk_demo").site)
        watcher = hub.watch()
        for n in range(1_000):
            hub.tell("levels", {"n": n})

    assert watcher.queue.qsize() < 1_000
    assert watcher.missed == 1_000 - watcher.queue.qsize() == hub.dropped


async def test_recent_decisions_are_bounded(tmp_path):
    """The console remembers a bounded number of decisions, the newest."""
    async with console(tmp_path) as (client, service):
        for n in range(MOST_RECENT + 5):
            await ask(service, f"v_{n}")
        told = (await state_of(client))["decisions"]

    assert len(told) == MOST_RECENT
    assert told[0]["session"] == f"s_v_{MOST_RECENT + 4}"


async def test_levels_go_on_after_a_failure(tmp_path, monkeypatch):
    """What nobody foresaw is counted, later levels are told, and the end is clean."""
    answers = iter([ZeroDivisionError()])

    async def groups(site, *, at_s):
        for error in answers:
            raise error
        return await answering(site, at_s=at_s)

    async with (
        console(tmp_path) as (client, service),
        client.get("/console/api/live") as live,
    ):
        await next_event(live, "state")
        answering = service.store.chats.groups
        monkeypatch.setattr(service.store.chats, "groups", groups)
        with capture_logs():
            await next_event(live, "levels")

    assert service.metrics.failures.sums["console-levels",] == 1
