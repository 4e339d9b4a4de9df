"""Peers of `peers.py` in Python: what one would write in an afternoon.

    python peers_naive.py river|vw

Both are bare aiohttp with a dictionary a session, forty features and a score or a
choice with every beacon. Neither keeps anything beyond its process: no journal, no
consent, no limits, no caps, nothing that replays.
"""

# Rules of this file: plain and honest. Whatever a careful beginner would not leave out
# is here; nothing is slowed down.

from __future__ import annotations

import asyncio
import random
import sys
from typing import Any, Protocol

import orjson
import uvloop
import vowpalwabbit
from aiohttp import web
from prometheus_client import Counter, Histogram
from river import linear_model, preprocessing

ARMS = ("none", "chat", "discount", "alternative", "help")
EPSILON = 0.1
NAMES = ("page_view", "view_item", "tab_hidden", "tab_visible", "ping", "scroll_turn")
Features = dict[str, float]


class Chooser(Protocol):
    """Who is asked with each beacon."""

    def choose(self, features: Features) -> str:
        """Return an arm for these features, and learn from the beacon."""
        ...


class River:
    """river with its defaults: a score of progress, and a reward a linear arm."""

    def __init__(self) -> None:
        def scaled(model: Any) -> Any:
            return preprocessing.StandardScaler() | model

        self._progress = scaled(linear_model.LogisticRegression())
        self._arms = {arm: scaled(linear_model.LinearRegression()) for arm in ARMS}
        self._rng = random.Random(1)

    def choose(self, features: Features) -> str:
        """Score, take the best arm or any, and learn both at once."""
        chance = self._progress.predict_proba_one(features).get(True, 0.5)
        if self._rng.random() < EPSILON:
            arm = self._rng.choice(ARMS)
        else:
            worth = {arm: one.predict_one(features) for arm, one in self._arms.items()}
            arm = max(worth, key=lambda name: worth[name])
        went_on = features["view_item"] > 0
        self._progress.learn_one(features, went_on)
        self._arms[arm].learn_one(features, float(went_on) - chance)
        return arm


class Vw:
    """Vowpal Wabbit in the process: SquareCB, asked by text as usual; learns later."""

    def __init__(self) -> None:
        self._vw = vowpalwabbit.Workspace("--cb_explore_adf --squarecb -q sa --quiet")
        self._rng = random.Random(1)

    def choose(self, features: Features) -> str:
        """Return a draw from VW's distribution."""
        shared = " ".join(f"{name}:{value:.4f}" for name, value in features.items())
        lines = [f"shared |s {shared}", *(f"|a {arm}" for arm in ARMS)]
        p = self._vw.predict(lines)
        return self._rng.choices(ARMS, weights=p)[0]


class Shop:
    """Sessions in a dictionary, and counters with labels."""

    def __init__(self, chooser: Chooser) -> None:
        self._chooser = chooser
        self._sessions: dict[str, Features] = {}
        self._beacons = Counter("beacons", "Beacons by arm.", ["site", "arm"])
        self._seconds = Histogram("seconds", "Seconds a beacon.", ["site"])

    async def beacon(self, request: web.Request) -> web.Response:
        """Count the events of a beacon and answer with an arm."""
        beacon = orjson.loads(await request.read())
        with self._seconds.labels(beacon["site"]).time():
            features = self._sessions.setdefault(beacon["session"], _empty())
            for event in beacon["events"]:
                _count(features, event)
            arm = self._chooser.choose(features)
        self._beacons.labels(beacon["site"], arm).inc()
        return web.json_response({"arm": arm})


def _empty() -> Features:
    counts = {f"{name}{part}": 0.0 for name in NAMES for part in ("", "_ms", "_last")}
    return {**counts, **{f"other{number}": 0.0 for number in range(22)}}


def _count(features: Features, event: dict[str, Any]) -> None:
    name = event["name"]
    features[name] = features.get(name, 0.0) + 1.0
    spent = event.get("active_ms", event.get("ms", 0))
    features[f"{name}_ms"] = features.get(f"{name}_ms", 0.0) + spent
    features[f"{name}_last"] = float(event["age_ms"])


async def serve(kind: str) -> None:
    """Serve until the process is ended; says on standard output where."""
    shop = Shop({"river": River, "vw": Vw}[kind]())
    app = web.Application()
    app.router.add_post("/v1/beacons", shop.beacon)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"ready http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
