"""The exact reading of JSON: where something is wrong, and at what cost."""

import tracemalloc

import pytest

from engage.errors import BadBeacon, BadRequest
from engage.wire.plain import _walk, read_object, shown


def refusal(body):
    """Return the refusal of `body`."""
    with pytest.raises(BadRequest) as caught:
        read_object(body, bad=BadRequest)
    return caught.value


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b'{"a":1,"a":1}', "a"),
        (b'{"a":{"b":[1,{"c":"{,}:","c":2}]}}', "a.b[1].c"),
        (b'{"a":[[0],[{"b":1},{"b":1,"b":1}]]}', "a[1][1].b"),
        (b'{"a":{"b":1},"c":{"b":1,"b":1}}', "c.b"),
        (b'{"a" : 1, "\\u0061" : 2}', "a"),
        (b'{"\\"":1,"\\"":2}', '"'),
    ],
)
def test_where_a_key_stands_twice(body, path):
    """The path tells which key of which object."""
    error = refusal(body)

    assert (str(error), error.field) == (f"{path} must stand once, got it twice", path)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":{"b":1},"b":{"a":1}}',
        b'[{"a":1},{"a":1}]'.join([b'{"x":', b"}"]),
        b'{"a":"\\"a\\":1,","b":":::"}',
        b'{"a":123456789012345678901234567890}',
    ],
)
def test_no_false_alarm(body):
    """The same key in different objects, and colons in text, are no repeats."""
    assert read_object(body, bad=BadRequest)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b'{"a":1e999}', "a"),
        (b'{"a":[1,2,{"b":-1e400}]}', "a[2].b"),
        (b'{"a":"1e999","b":1e999}', "b"),
        (b'{"a":[[],{},1e999', "a[2]"),
    ],
)
def test_where_a_number_is_too_large(body, path):
    """The path tells which number no double can hold."""
    error = refusal(body)

    assert error.field == path
    assert str(error).startswith(f"{path} must be a number of double precision, got ")


def test_a_number_alone():
    """A body that is one such number is named as the body."""
    assert (
        str(refusal(b"1e999")) == "body must be a number of double precision, got 1e999"
    )


@pytest.mark.parametrize(
    ("last", "sentence"),
    [
        (b'{"b":1,"b":1}', "body must hold each key once, got one twice"),
        (b"1e999", "body must be a number of double precision, got a larger one"),
    ],
)
def test_looking_for_the_place_is_bounded(last, sentence):
    """Whoever hides a mistake behind thousands of values is told less."""
    assert str(refusal(b'{"a":[' + b"1," * 20_000 + last + b"]}")) == sentence


def test_a_path_nobody_would_read():
    """A path of a hundred names is not repeated in the answer."""
    body = b'{"name":' * 100 + b'{"a":1,"a":2}' + b"}" * 100

    assert str(refusal(body)) == "body must hold each key once, got one twice"


def test_every_depth():
    """Up to 512 levels are read; one more is refused, on every version of Python."""
    bodies = {n: b'{"a":' + b"[" * n + b"]" * n + b"}" for n in range(490, 530)}
    read = [n for n, body in bodies.items() if is_read(body)]

    assert read == list(range(490, 512))


def is_read(body):
    """Return whether a body is read; else it is refused for its depth."""
    try:
        read_object(body, bad=BadRequest)
    except BadRequest as error:
        assert str(error) == "body is nested too deeply"  # noqa: PT017 - or it is read
        return False
    return True


def test_long_names_cost_what_they_are_long():
    """To find a place in a body takes no more memory than some times the body."""
    deep = b'{"a":' * 500 + b"1e999" + b"}" * 500
    body = b'{"' + b"k" * 30_000 + b'":' + deep + b"}"
    tracemalloc.start()
    with pytest.raises(BadBeacon, match=r"^body must be a number of double precision"):
        read_object(body, bad=BadBeacon)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 20 * len(body)


def test_where_json_ends():
    """The search for a place stops where the text is no JSON any more."""
    assert [path for _, path, _ in _walk(b'{"a":1}},"b":2')] == ["a", "a"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("ä\n", '"ä\\n"'),
        (10**50, "1" + "0" * 36 + "..."),
        (0.1, "0.1"),
        (False, "false"),
        ({"a": 1}, "an object"),
        ((1, 2), "a list"),
    ],
)
def test_shown(value, text):
    """A value is shown as JSON and never in full length."""
    assert shown(value) == text
