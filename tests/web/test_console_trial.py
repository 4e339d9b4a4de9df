"""The challenger's trial in the console: told as it goes, forced and ended by hand."""

import orjson
import pytest

from tests.web.console_shop import console, post
from tests.web.console_trial import begin, step
from tests.web.test_console import next_event, state_of


async def test_nothing_tried(tmp_path):
    """Before the first candidate there is nothing to tell, and nothing to order."""
    async with console(tmp_path) as (client, _):
        trial = (await state_of(client))["trial"]
        answer = await post(client, "trial", {"what": "withdraw", "why": "x"})

    assert trial == {"present": None, "moves": []}
    assert answer.status == 409


async def test_told_at_once(tmp_path):
    """A trial that begins is on the open stream, with stage, evidence and reason."""
    async with (
        console(tmp_path) as (client, service),
        client.get("/console/api/live") as live,
    ):
        await next_event(live, "state")
        await begin(service)
        told = await next_event(live, "trial")

    assert told["present"]["stage"] == "shadow"
    assert told["present"]["have"] < told["present"]["need"]
    assert set(told["present"]["evidence"]) == {"gain", "better", "arms"}
    assert [(one["from"], one["to"]) for one in told["moves"]] == [("shadow", "shadow")]
    assert "state" not in told["present"]


async def test_forced_by_hand(tmp_path):
    """Who forces a trial on gives a reason, which is kept; the canary begins."""
    async with console(tmp_path) as (client, service):
        await begin(service)
        answer = await post(client, "trial", {"what": "force", "why": "fair on Monday"})
        await step(service)
        trial = (await state_of(client))["trial"]
        site = service.engine("pk_demo").site
        [kept] = [
            entry.record.body
            for entry in service.journal.read(0, 100, kinds=("override",))
        ]

    assert answer.status == 204
    assert (trial["present"]["stage"], trial["present"]["is_forced"]) == (
        "canary",
        True,
    )
    assert site.challenger.share == trial["present"]["share"] == 0.05
    assert (kept["what"], kept["why"]) == ("force", "fair on Monday")


async def test_rolled_back_by_hand(tmp_path):
    """Who rolls a challenger back gives a reason; nobody is decided for by it then."""
    async with console(tmp_path) as (client, service):
        await begin(service, is_forced=True, why="a test")
        site = service.engine("pk_demo").site
        assert site.challenger is not None
        await post(client, "trial", {"what": "withdraw", "why": "too many complaints"})
        await step(service)
        trial = (await state_of(client))["trial"]
        again = await post(client, "trial", {"what": "withdraw", "why": "once more"})

    assert site.challenger is None
    assert trial["present"]["stage"] == "rolled_back"
    assert trial["moves"][0]["why"] == "withdrawn: too many complaints"
    assert again.status == 409


async def test_list_is_wanted_back(tmp_path):
    """Who regrets a winner gives the shop its own list back, and may try again."""
    async with console(tmp_path, mode="rules") as (client, service):
        await begin(service)
        trials = service.learner.lineages["pk_demo"].trials
        trials._move(trials.trial, "promoted", why="won", at_s=service.clock.now_s())
        await step(service)
        won = (await state_of(client))["trial"]["present"]
        site = service.engine("pk_demo").site
        decided = site.settings.mode
        forced = await post(client, "trial", {"what": "force", "why": "x"})
        answer = await post(client, "trial", {"what": "withdraw", "why": "too dear"})
        await step(service)
        over = (await state_of(client))["trial"]["present"]

    assert (won["stage"], won["has_taken_over"], decided) == (
        "promoted",
        True,
        "learned",
    )
    assert (forced.status, answer.status) == (409, 204)
    assert (over["stage"], over["has_taken_over"]) == ("rolled_back", False)
    assert site.settings.mode == "rules"


async def test_outlives_a_restart(tmp_path):
    """Who opens the console after a restart finds the trial and its transitions."""
    async with console(tmp_path) as (_, service):
        await begin(service, is_forced=True, why="a test")
    async with console(tmp_path) as (client, service):
        trial = (await state_of(client))["trial"]

    assert trial["present"]["stage"] == "canary"
    assert [one["to"] for one in trial["moves"]] == ["canary", "shadow"]


@pytest.mark.parametrize(
    "body",
    [
        {"what": "force"},
        {"what": "force", "why": ""},
        {"what": "promote", "why": "x"},
        {"what": "force", "why": "x", "more": 1},
    ],
)
async def test_wishes_that_are_none(tmp_path, body):
    """A wish without a reason, or for something else, is 400."""
    async with console(tmp_path) as (client, service):
        await begin(service)
        answer = await post(client, "trial", body)

    assert answer.status == 400


async def test_readers_only_look(tmp_path):
    """A reader sees the trial and cannot change it."""
    tokens = {"token": "an operator's token", "reader": "a reader's token"}
    async with console(tmp_path, **tokens) as (client, service):
        await begin(service)
        key = {"Authorization": "Bearer a reader's token"}
        state = await client.get("/console/api/state", headers=key)
        told = await state.json(loads=orjson.loads)
        wish = {"what": "force", "why": "x"}
        answer = await post(client, "trial", wish, **key)

    assert told["trial"]["present"]["stage"] == "shadow"
    assert answer.status == 403
