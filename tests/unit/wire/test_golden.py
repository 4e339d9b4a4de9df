"""The golden messages: one for each row of the contract, read by both suites."""

from pathlib import Path

import orjson
import pytest
from msgspec import json

from engage.errors import BadBeacon
from engage.wire import beacon as beacons
from engage.wire import decision, shop
from engage.wire.problem import problem_of

FOLDER = Path(__file__).parents[2] / "wire"
FILES = sorted(FOLDER.glob("*.json"))
BEACONS = [path for path in FILES if path.name.startswith("beacon.")]

READ = {
    "order": shop.decode_order,
    "refund": shop.decode_order,
    "group": shop.decode_group,
    "catalog_item": lambda body: shop.decode_catalog_item(body, item_id="42"),
    "feed_line": lambda body: shop.decode_catalog_item(body, item_id="43"),
    "codes": shop.decode_codes,
    "redeem": shop.decode_redeem,
    "confirm": decision.decode_confirm,
}
# Ours to send: what is read must be written again exactly as it stands.
SENT = {
    "answer.alternative": decision.Answer,
    "answer.chat": decision.Answer,
    "answer.decision": decision.Answer,
    "answer.revoked": decision.Answer,
    "codes_answer": shop.CodesAnswer,
    "feed_answer": shop.FeedAnswer,
    "record": decision.DecisionRecord,
    "record.holdout": decision.DecisionRecord,
}


def golden(name):
    """Return the message of a golden file as plain values."""
    return orjson.loads((FOLDER / f"{name}.json").read_bytes())["message"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_form(path):
    """A golden file says what it shows, and shows it."""
    assert orjson.loads(path.read_bytes()).keys() == {"what", "message"}


def test_every_event_has_one():
    """Each event name of the contract has a beacon of its own."""
    names = {path.stem.removeprefix("beacon.") for path in BEACONS}

    assert names - {"contract"} == beacons.EVENT_NAMES


def test_every_other_message_is_read():
    """No golden message lies unread."""
    names = {path.stem for path in FILES if path not in BEACONS}

    assert names == READ.keys() | SENT.keys() | {"problem"}


@pytest.mark.parametrize("path", BEACONS, ids=lambda path: path.stem)
def test_beacon(path):
    """A golden beacon is understood whole, and survives being written again."""
    message = golden(path.stem)

    beacon, ignored = beacons.decode_beacon(orjson.dumps(message))

    assert ignored == beacons.Ignored(fields=0, events=0)
    assert beacons.decode_beacon(beacons.encode_beacon(beacon))[0] == beacon
    assert [event.name for event in beacon.events] == [
        event["name"] for event in message["events"]
    ]


@pytest.mark.parametrize("path", BEACONS, ids=lambda path: path.stem)
def test_beacon_is_written_as_it_stands(path):
    """A written beacon differs from its golden only by `item`, which joins `items`."""
    message = golden(path.stem)
    for event in message["events"]:
        if "item" in event:
            event["items"] = [event.pop("item")]

    beacon, _ = beacons.decode_beacon(orjson.dumps(message))

    assert orjson.loads(beacons.encode_beacon(beacon)) == message


@pytest.mark.parametrize("name", sorted(READ))
def test_shop_message(name):
    """A golden message of the shop is accepted."""
    assert READ[name](orjson.dumps(golden(name))) is not None


@pytest.mark.parametrize("name", sorted(SENT))
def test_our_message(name):
    """What we send is written exactly as the golden stands, nulls included."""
    message = json.decode(orjson.dumps(golden(name)), type=SENT[name])

    assert orjson.loads(decision.encode(message)) == golden(name)


def test_problem():
    """The problem of the contract's example comes from the error of that example."""
    sentence = "events[2].item.price must be >= 0, got -5"
    error = BadBeacon(sentence, field="events[2].item.price")

    assert orjson.loads(decision.encode(problem_of(error))) == golden("problem")


def test_record_reads_as_its_type():
    """A line of the decision log reads back into the same record."""
    record = decision.decode_record(orjson.dumps(golden("record")))

    assert decision.decode_record(decision.encode(record)) == record
