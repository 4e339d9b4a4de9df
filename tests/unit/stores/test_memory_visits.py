"""Visitors in memory: at rest they are the same as awake, and silence is exact."""

import gc
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.stores.memory.cold import Cold, squeezed, unsqueezed
from engage.stores.memory.silence import Silence
from engage.stores.memory.visits import Visits
from engage.stores.states import Known

T0 = 1_763_720_100.0
SITES = ("pk_1", "pk_2")


class Visit(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A session of plain data."""

    last_at_s: float
    note: bytes = b""


class Person(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A visitor of plain data."""

    orders: int


class Plainly:
    """What `Visits` promises, in the fewest words: everything awake, all searched."""

    def __init__(self, limit):
        """Hold at most `limit` sessions."""
        self.limit, self.version = limit, 0
        self.sessions, self.people, self.changed = {}, {}, set()

    def load(self, site, visitor, session):
        """Return what is known."""
        person, version = self.people.get((site, visitor), (None, 0))
        held = self.sessions.get((site, visitor, session))
        return Known(site, visitor, session, held, person, version)

    def save(self, known, *, session, visitor):
        """Compare and swap; the longest silent one makes room."""
        key = known[:3]
        if self.load(*key).version != known.version:
            return False
        self.version += 1
        self.people[key[:2]] = (visitor, self.version)
        self.sessions[key] = session
        self.changed.add(key)
        while len(self.sessions) > self.limit:
            self.drop(min(self.sessions, key=lambda k: self.sessions[k].last_at_s))
        return True

    def drop(self, key):
        """Forget a session."""
        if self.sessions.pop(key, None) is None:
            return
        self.changed.add(key)
        self.version += 1
        person, _ = self.people.pop(key[:2])
        if any(other[:2] == key[:2] for other in self.sessions):
            self.people[key[:2]] = (person, self.version)

    def forget(self, site, visitor):
        """Forget a visitor."""
        for key in [key for key in self.sessions if key[:2] == (site, visitor)]:
            self.drop(key)

    def idle(self, site, *, before_s, limit):
        """Return the longest silent sessions."""
        keys = [
            key
            for key, held in self.sessions.items()
            if key[0] == site and held.last_at_s < before_s
        ]
        keys.sort(key=lambda key: self.sessions[key].last_at_s)
        return [self.load(*key) for key in keys[:limit]]

    def dirty(self):
        """Return what changed."""
        changed, self.changed = self.changed, set()
        return {key: self.sessions.get(key) for key in changed}


def step(chance, at_s):
    """Return one random call as a function of either implementation."""
    key = (
        chance.choice(SITES),
        f"v_{chance.randrange(12)}",
        f"s_{chance.randrange(6) // 3}",
    )
    # Now and then a beacon is undone, and the session steps back.
    last_at_s = at_s - (chance.uniform(0, 30) if chance.random() < 0.1 else 0)
    held = Visit(last_at_s, chance.randbytes(4) + bytes(chance.randrange(20)))
    person = Person(chance.randrange(9)) if chance.random() < 0.9 else None
    before_s, limit = at_s - chance.uniform(0, 20), chance.randrange(1, 6)
    calls = {
        "save": lambda one: one.save(one.load(*key), session=held, visitor=person),
        "load": lambda one: one.load(*key),
        "drop": lambda one: one.drop(key),
        "forget": lambda one: one.forget(*key[:2]),
        "idle": lambda one: one.idle(key[0], before_s=before_s, limit=limit),
        "dirty": lambda one: one.dirty(),
    }
    return calls[chance.choices([*calls], (20, 5, 2, 1, 2, 1))[0]]


@pytest.mark.parametrize("awake", [0, 3, 100])
@pytest.mark.parametrize("limit", [5, 100])
def test_rest_changes_nothing(awake, limit):
    """However many rest, 3,000 random calls answer as if all were awake (seed 7)."""
    chance, at_s = random.Random(7), T0
    visits, plainly = Visits(limit, awake=awake), Plainly(limit)
    for _ in range(3_000):
        at_s += chance.expovariate(1)
        call = step(chance, at_s)
        assert call(visits) == call(plainly)
        assert len(visits) == len(plainly.sessions)


def test_stale_load_of_a_visitor_at_rest():
    """A save on an old load loses against a visitor that has gone to rest since."""
    visits = Visits(10, awake=0)
    known = visits.load("pk_1", "v_1", "s_1")

    assert visits.save(known, session=Visit(T0), visitor=Person(1))
    assert not visits.save(known, session=Visit(T0 + 1), visitor=Person(2))
    assert visits.load("pk_1", "v_1", "s_1").session == Visit(T0)


def test_at_rest_are_bytes():
    """Who is not among the latest is held as bytes; values of no plain kind never."""
    visits = Visits(10, awake=1)
    for name, held in (("v_1", Visit(T0)), ("v_2", Visit(T0)), ("v_3", Visit(T0))):
        person = {"orders": 1} if name == "v_2" else Person(1)
        known = visits.load("pk_1", name, "s_1")
        visits.save(known, session=held, visitor=person)
    kinds = [type(held).__name__ for held in visits._shelves["pk_1"].people.values()]

    assert kinds == ["bytes", "_Person", "_Person"]
    assert visits.load("pk_1", "v_2", "s_1").visitor == {"orders": 1}


@given(st.binary(max_size=60), st.integers(0, 40), st.binary(max_size=60))
def test_squeezed_bytes(head, zeros, tail):
    """Any bytes come back, whatever runs of zeros they hold."""
    body = head + bytes(zeros) + tail

    assert unsqueezed(*squeezed(body)) == body


def test_bytes_with_every_code():
    """Bytes that leave no code free are kept as they are."""
    body = bytes(range(256)) + bytes(12)

    assert squeezed(body) == (0, body)
    assert unsqueezed(0, body) == body


def test_sessions_of_two_kinds():
    """A visitor whose sessions are of two kinds does not rest."""
    sessions = {"s_1": Visit(T0), "s_2": Person(1)}

    assert Cold().frozen((1, None, sessions), filed=0, silent_s=T0) is None


def test_silence_is_bounded():
    """A visitor who comes and goes, or is heard and undone, is filed only once."""
    since = {"v_1": T0, "v_2": T0 + 0.5}
    filed = {}
    silence = Silence(since.__getitem__, filed.__setitem__)
    for name, at_s in since.items():
        filed[name] = silence.enter(name, at_s)
    for number in range(1_000):
        since["v_2"] = T0 + number
        silence.longest(1)
        since["v_2"] = T0 + 0.5
        filed["v_2"] = silence.lower("v_2", filed["v_2"], silent_s=T0 + 0.5)

    held = len(silence._open) + sum(map(len, silence._names.values()))
    assert silence.longest(9) == [(T0, "v_1"), (T0 + 0.5, "v_2")]
    assert held <= 4


def test_who_cannot_be_silent_for_long_enough_is_not_looked_at():
    """Nobody is looked at before the second they are filed under has passed."""
    asked, filed = [], {}
    silence = Silence(lambda name: asked.append(name) or T0, filed.__setitem__)
    for number in range(9):
        silence.enter(f"v_{number}", T0)

    assert silence.longest(9, before_s=T0) == []
    assert asked == []
    assert len(silence.longest(9, before_s=T0 + 1)) == 9


def put(visits, numbers):
    """Save a visit of each visitor, and forget that it changed."""
    for number in numbers:
        known = visits.load("pk_1", f"v_{number}", "s_1")
        visits.save(known, session=Visit(T0 + number / 9), visitor=Person(1))
    visits.dirty()


def looked_through():
    """Return how many values a full collection looks at."""
    gc.collect()
    return sum(len(gc.get_referents(one)) for one in gc.get_objects())


def test_no_collection_looks_through_all_visits():
    """The garbage collector looks at who is awake, however many visits there are."""
    visits = Visits(9_000, awake=16)
    visits.open("pk_1")
    gc.collect()
    gc.freeze()
    try:
        put(visits, range(2_000))
        few = looked_through()
        put(visits, range(2_000, 8_000))
        # Of 6,000 visits more: some hundred seconds, by which they are filed.
        assert looked_through() - few < 3_000
    finally:
        gc.unfreeze()


def test_visits_leave_no_garbage():
    """A new visit makes nothing that only the garbage collector can take away."""
    visits = Visits(9_000, awake=16)
    put(visits, range(10))
    gc.collect()
    gc.disable()
    try:
        put(visits, range(10, 500))
        assert gc.collect() < 490
    finally:
        gc.enable()
