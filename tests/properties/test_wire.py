"""Whatever arrives at the door, the answer is a typed message or a clear refusal."""

from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engage.errors import BadBeacon, CallerError
from engage.wire.beacon import decode_beacon, encode_beacon
from engage.wire.lenient import read_leniently

# The same examples each time, however busy the machine.
calm = settings(deadline=None, derandomize=True)
FOLDER = Path(__file__).parents[1] / "wire"
GOLDEN = [
    orjson.dumps(orjson.loads(path.read_bytes())["message"])
    for path in sorted(FOLDER.glob("beacon.*.json"))
]
# What may be left out, and would make up for a key too many if keys were only counted.
UNSAID = (
    b',"personalise":true',
    b',"explicit":true',
    b'"tab":"t_91ab",',
    b'"age_ms":120,',
)
TEXTS = st.text(max_size=20)
PLACES = [
    ("seq",),
    ("visitor",),
    ("consent",),
    ("consent", "measure"),
    ("page", "kind"),
    ("page", "url"),
    ("customer",),
    ("customer", "orders"),
    ("automated",),
    ("events",),
    ("events", 0),
    ("events", 0, "name"),
    ("events", 0, "age_ms"),
    ("events", 0, "scroll"),
    ("events", 0, "count"),
    ("events", 0, "back"),
    ("events", 0, "step"),
    ("events", 0, "value"),
    ("events", 0, "item"),
    ("events", 0, "item", "price"),
    ("events", 0, "item", "item_id"),
    ("events", 0, "item", "currency"),
]
NASTY = [
    b"NaN", b"-Infinity", b"1e999", b"-1e999", b"1e308", b"1e-320", b"-0.0", b"-0",
    b"9" * 30, b"9" * 400, b"9" * 5_000, b"0." + b"0" * 5_000 + b"1", b"true", b"null",
    b'""', b'"12"', b'"1e999"', b'"\\ud800"', b'"\\u0000"', b"[]", b"{}", b"[" * 900,
    b'{"a":1,"a":1}', b'"' + b"x" * 3_000 + b'"', b'{"item_id":1}', b"-", b"1.", b".5",
]  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(TEXTS | st.sampled_from(["item", "name", "seq"]), inner)
    ),
    max_leaves=8,
)


def plain_beacon():
    """Return a beacon with every kind of part, as plain values."""
    item = {"item_id": "42", "price": 5, "currency": "EUR"}
    return {
        "v": 1,
        "site": "pk_demo",
        "visitor": "v_1",
        "session": "s_1",
        "tab": "t_1",
        "seq": 7,
        "consent": {"measure": True, "personalise": True, "explicit": True},
        "page": {"kind": "product", "url": "/", "locale": "de"},
        "customer": {"orders": 1},
        "automated": True,
        "events": [
            {
                "name": "ping",
                "age_ms": 0,
                "scroll": 0.5,
                "count": 1,
                "back": True,
                "step": 1,
                "value": 5,
                "item": item,
            }
        ],
    }


def with_raw(place, text):
    """Return a beacon whose value at `place` is `text`, whatever that is."""
    plain = plain_beacon()
    target = plain
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = "@here@"
    return orjson.dumps(plain).replace(b'"@here@"', text)


def outcome_of(read, *given, **options):
    """Return what `read` returns and None, or None and the refusal it raised."""
    try:
        return read(*given, **options), None
    except CallerError as error:
        return None, error


def decoded_or_refused(body):
    """Return the beacon, or None when it is refused as it should be."""
    found, error = outcome_of(decode_beacon, body)
    if error is None:
        return found[0]
    assert type(error) is BadBeacon
    assert str(error).startswith(error.field)
    assert len(str(error)) < 300
    return None


@calm
@given(body=st.binary(max_size=200))
def test_any_bytes(body):
    """No bytes raise anything but BadBeacon."""
    assert decoded_or_refused(body) is None


@calm
@given(value=JSON)
def test_any_json(value):
    """No JSON raises anything but BadBeacon."""
    assert decoded_or_refused(orjson.dumps(value)) is None


@calm
@given(
    place=st.sampled_from(PLACES),
    value=JSON,
)
def test_any_value_anywhere(place, value):
    """A wrong value anywhere is refused with its field, or is none."""
    decoded_or_refused(with_raw(place, orjson.dumps(value)))


@calm
@given(data=st.data())
def test_any_damage(data):
    """A golden beacon damaged anywhere is still a beacon, or clearly none."""
    body = bytearray(data.draw(st.sampled_from(GOLDEN)))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(body) - 1))
        body[start : start + data.draw(st.integers(0, 5))] = data.draw(
            st.sampled_from([*NASTY, b",", b":", b'"', b"\\", b"\xff", b"{", b"]"])
        )[:900]
    decoded_or_refused(bytes(body))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", NASTY, ids=lambda text: text[:12].decode())
def test_nasty_values(place, text):
    """No nasty value in any field gets past the bounds, or breaks the decoder."""
    found = decoded_or_refused(with_raw(place, text))

    if found is not None:
        again = encode_beacon(found)
        assert decode_beacon(again)[0] == found
        assert b"null" not in again  # JSON's spelling of NaN and of infinity


@pytest.mark.parametrize("body", GOLDEN, ids=range(len(GOLDEN)))
def test_both_paths_agree(body):
    """The exact reading gives what the fast one gives."""
    assert read_leniently(body) == decode_beacon(body)


@calm
@given(body=st.sampled_from(GOLDEN), seed=st.randoms(use_true_random=False))
def test_order_of_keys_does_not_matter(body, seed):
    """The keys of an object may stand in any order."""

    def shuffled(value):
        if isinstance(value, list):
            return [shuffled(one) for one in value]
        if not isinstance(value, dict):
            return value
        names = list(value)
        seed.shuffle(names)
        return {name: shuffled(value[name]) for name in names}

    assert decode_beacon(orjson.dumps(shuffled(orjson.loads(body)))) == decode_beacon(
        body
    )


@calm
@given(body=st.sampled_from(GOLDEN), name=TEXTS, value=JSON)
def test_what_is_new_is_ignored(body, name, value):
    """A field of a later version changes nothing but the count."""
    plain = orjson.loads(body)
    name = f"new {name}"

    beacon, ignored = decode_beacon(orjson.dumps({**plain, name: value}))

    assert beacon == decode_beacon(body)[0]
    assert ignored.fields == 1


@calm
@given(
    body=st.sampled_from(GOLDEN),
    silent=st.sets(st.sampled_from(UNSAID)),
    where=st.data(),
)
def test_a_key_twice_is_refused(body, silent, where):
    """A repeated key is refused wherever it stands, whatever else is left unsaid."""
    for one in silent:
        body = body.replace(one, b"")
    key = where.draw(st.sampled_from([b'"seq":7', b'"measure":true', b'"kind":']))
    again = key if key[-1:] != b":" else b'"kind":"home"'
    assert key in body

    doubled = body.replace(key, again + b"," + key, 1)

    with pytest.raises(BadBeacon, match=r" must stand once, got it twice$"):
        decode_beacon(doubled)
