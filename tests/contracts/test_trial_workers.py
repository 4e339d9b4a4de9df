"""A challenger among several workers: the learner tries it, the workers decide."""

import pytest

from engage.deciding.arms import is_challenged
from engage.interventions.base import Inputs
from engage.learning.trials.challenge import Challenge
from engage.learning.trials.orders import FOLDER, Order, hand_over
from engage.learning.trials.trial import Trial
from engage.settings import ServerSettings
from engage.street.site import Pin
from engage.street.vigil import UNWATCHED_S, Vigil
from tests.contracts.roles import open_roles
from tests.unit.learning.builders import traffic
from tests.unit.street.builders import LONG_S, NOW_S, SECRETS, SHORT_S, SITE, Shop
from tests.unit.street.trials import candidate_of, chosen


class Fleet(Shop):
    """The shop of two workers: what visitors send reaches one of them."""

    def __init__(self, roles, *, path):
        super().__init__(
            chosen=roles.site.settings,
            path=path,
            clock=roles.clock,
            journal=roles.journal,
            store=roles.store,
            site=roles.site,
            lineage=roles.lineage,
        )
        self.roles = roles
        self.engine = self

    @property
    def trial(self):
        """The learner's trial."""
        return self.lineage.trials.trial

    async def receive(self, one, *, gpc=False):
        """Let the visitor's worker take a beacon."""
        return (await self.roles.take(one, gpc=gpc)).answer

    async def learned(self):
        """Let the learner catch up, and everybody hear of it."""
        self.clock.move(60.0)
        await self.roles.meet()
        while self.roles.learner.step():
            continue
        await self.roles.publish()

    async def hand(self, candidate, **more):
        """Hand a candidate over, opened by force."""
        text = candidate.encode().decode()
        forced = {"is_forced": True, "why": "a test"} | more
        hand_over(
            self.path / FOLDER, Order(what="try", site=SITE, candidate=text, **forced)
        )
        await self.learned()

    def challengers(self):
        """Return what each worker tries."""
        return [engine.site.challenger for engine in self.roles.workers]


@pytest.fixture
async def fleet(tmp_path, redis_url):
    """Two workers and a learner with a little traffic behind them."""
    server = ServerSettings(store="redis", redis_url=redis_url)
    roles = await open_roles(
        chosen(), SECRETS, data=tmp_path, at_s=NOW_S, server=server
    )
    one = Fleet(roles, path=tmp_path)
    await one.stock()
    await traffic(one, 10, seed=1)
    await one.wait(SHORT_S)
    await one.learned()
    yield one
    await roles.close()


async def test_shadow(fleet):
    """In the shadow every worker knows of the trial, and nobody is decided for."""
    await fleet.hand(candidate_of(fleet), is_forced=False)
    await traffic(fleet, 6, seed=2, first=100)

    assert fleet.trial.stage == "shadow"
    assert fleet.challengers() == [None, None]
    stages = [one.site.challenge.stage for one in fleet.roles.workers]
    assert stages == ["shadow", "shadow"]
    assert fleet.trial.number not in {row["snapshot"] for row in fleet.rows()}


async def test_arms_are_the_same_everywhere(fleet):
    """Whichever worker decides: the hash says for whom, and the record says by whom."""
    await fleet.hand(candidate_of(fleet))
    before = len(fleet.rows())
    await traffic(fleet, 24, seed=2, first=100)
    rows = fleet.rows()[before:]
    own = [row for row in rows if row["snapshot"] == fleet.trial.number]

    assert fleet.trial.stage == "canary"
    assert 3 < len(own) < len(rows)
    for row in rows:
        subject = fleet.journal.find_visitor(SITE, row["visitor"])[0]
        name = fleet.trial.candidate.id
        dealt = is_challenged(SECRETS.salt, subject, candidate=name, share=0.5)
        assert dealt == (row["snapshot"] == fleet.trial.number)
        assert row["exploration"]["gamma_c"] == (3.0 if dealt else 10.0)
        assert row["propensity"] == row["distribution"][row["action"]] > 0


async def test_evidence_is_the_ledgers(fleet):
    """What the learner has seen is what the ledger says, read again from the start."""
    await fleet.hand(candidate_of(fleet))
    began = fleet.trial.offset
    await traffic(fleet, 12, seed=3, first=100)
    await fleet.wait(SHORT_S)
    await fleet.learned()
    again = Trial(
        candidate=fleet.trial.candidate,
        number=fleet.trial.number,
        settings=fleet.chosen,
        rules=fleet.trial.rules,
        stage="canary",
        offset=began,
    )
    for entry in fleet.journal.read(began, 10**6):
        again.take(entry, lambda name: fleet.journal.decision(SITE, name))

    told = fleet.trial.evidence.plain()
    assert told["outcomes"] == again.evidence.plain()["outcomes"]
    assert fleet.trial.evidence.outcomes["surrogate"].challenger.units > 0


async def test_promises_count_everywhere(fleet):
    """What one worker promises for an arm is missing from that arm at the other."""
    await fleet.hand(candidate_of(fleet))
    one, other = fleet.challengers()
    inputs = Inputs(budget_left={"autumn10": 1_000})
    assert other.part_of(inputs, is_own=True).budget_left == {"autumn10": 500}
    here = fleet.roles.workers[0].site
    here.note_spent("autumn10", 200, snapshot=one.snapshot.number)
    await fleet.roles.meet()

    assert other.part_of(inputs, is_own=True).budget_left == {"autumn10": 300}
    assert other.part_of(inputs, is_own=False).budget_left == {"autumn10": 500}


async def test_withdrawn_everywhere(fleet):
    """Once the learner rolls back, no worker's challenger decides any more."""
    await fleet.hand(candidate_of(fleet))
    assert None not in fleet.challengers()
    hand_over(fleet.path / FOLDER, Order(what="withdraw", site=SITE, why="enough"))
    await fleet.learned()

    assert fleet.challengers() == [None, None]
    moves = [(one["to"], one["why"]) for one in fleet.kinds("promoted")]
    assert moves[-1] == ("rolled_back", "withdrawn: enough")


async def test_a_pin_holds_the_trial(fleet):
    """While a snapshot is pinned it decides for everybody, at every worker."""
    await fleet.hand(candidate_of(fleet))
    fleet.site.pin = Pin(number=fleet.site.snapshot.number, why="x", at_s=NOW_S)
    await fleet.roles.publish()
    assert fleet.challengers() == [None, None]
    fleet.site.pin = None
    await fleet.roles.publish()

    assert None not in fleet.challengers()


async def test_all_the_way(fleet):
    """A challenger that holds is promoted; every worker explores as it did."""
    await fleet.hand(candidate_of(fleet))
    for seed in range(12):
        if fleet.trial.stage == "promoted":
            break
        await traffic(fleet, 16, seed=seed, first=100 + 16 * seed)
        await fleet.wait(LONG_S)
        await fleet.learned()
    stages = [one["to"] for one in fleet.kinds("promoted")]
    sites = [engine.site for engine in fleet.roles.workers]

    assert stages == ["shadow", "canary", "ramp", "half", "promoted"]
    assert [site.settings.policy.gamma_c for site in sites] == [3.0, 3.0]
    assert {site.config_version for site in sites} == {fleet.site.config_version}
    assert {site.snapshot.number for site in sites} == {fleet.site.snapshot.number}
    await fleet.ask("v_after")
    assert fleet.last()["exploration"]["gamma_c"] == 3.0


async def test_a_starting_worker_joins_in(fleet):
    """A worker that starts in the midst of a trial finds it on the board."""
    await fleet.hand(candidate_of(fleet))
    listener = fleet.roles.listeners[1]
    listener.site.challenger, listener._trial = None, ""
    await listener.start()

    assert listener.site.challenger.snapshot.number == fleet.trial.number


async def test_nobody_watches(fleet):
    """Without a sign of the learner a worker tries nothing; it goes on with the next.

    Guardrails are no use where nobody could take the challenger back.
    """
    await fleet.hand(candidate_of(fleet))
    listener = fleet.roles.listeners[1]
    listener.vigil = Vigil(site=listener.site, metrics=listener.metrics)
    await listener.step()
    assert listener.site.challenger is not None
    fleet.clock.move(UNWATCHED_S)
    await listener.step()
    assert listener.site.challenger is None
    await fleet.roles.publish()

    assert listener.site.challenger.snapshot.number == fleet.trial.number
    assert listener.site.settings.mode == "learned"


async def test_torn_challenge(fleet):
    """What cannot be read is tried by nobody, and counted."""
    await fleet.hand(candidate_of(fleet))
    await fleet.roles.board.put_trial(SITE, "torn", b"{")
    listener = fleet.roles.listeners[1]
    await listener.step()

    assert listener.site.challenger is None
    assert listener.metrics.snapshot_rejected.sums["torn",] == 1.0


async def test_the_same_value_both_ways(fleet):
    """A challenge is read as it was written, to the last digit."""
    await fleet.hand(candidate_of(fleet))
    challenge = fleet.trial.challenge
    read = Challenge.decode(challenge.encode())

    assert read.encode() == challenge.encode()
    assert read.mark == challenge.mark
    assert read.snapshot.plain() == challenge.snapshot.plain()
