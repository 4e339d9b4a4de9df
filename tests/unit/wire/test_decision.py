"""Answers leave out what they have not; records are written whole."""

import math
from pathlib import Path
from typing import get_args

import orjson
import pytest

from engage.errors import BadRequest, Conflict, Unauthorised
from engage.wire.decision import (
    Answer,
    Confirm,
    Content,
    DecisionRecord,
    OutcomeRecord,
    Refusal,
    decode_confirm,
    decode_record,
    encode,
)
from engage.wire.problem import Problem, problem_of

GOLDEN = Path(__file__).parents[2] / "wire/record.json"
RECORD = orjson.loads(GOLDEN.read_bytes())["message"]


def test_empty_answer():
    """An answer with nothing to say is 204, not an empty object."""
    assert Answer().is_empty
    assert not Answer(revoked=("d_1",)).is_empty


def test_content_leaves_out():
    """A card carries what it shows, and no empty names."""
    assert encode(Content(title="A", items=())) == b'{"title":"A"}'
    assert encode(OutcomeRecord(name="shown", at="x")) == b'{"name":"shown","at":"x"}'


def test_record_is_whole():
    """Every line of the log has the same columns, in the contract's order."""
    record = decode_record(orjson.dumps(RECORD))

    assert list(orjson.loads(encode(record))) == list(RECORD)
    assert list(RECORD) == list(DecisionRecord.__struct_fields__)


def test_record_ignores_the_new():
    """A log of a later version, with more columns, can be read."""
    assert decode_record(orjson.dumps({**RECORD, "later": 1})) == decode_record(
        orjson.dumps(RECORD)
    )


def test_record_of_an_erased_visitor():
    """An erased visitor leaves the record, not the name."""
    assert decode_record(orjson.dumps({**RECORD, "visitor": None})).visitor is None


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"propensity": 0}, "propensity", "must be > 0, got 0"),
        ({"propensity": 1.5}, "propensity", "must be <= 1, got 1.5"),
        ({"draw": 1}, "draw", "must be < 1, got 1"),
        (
            {"group": "control"},
            "group",
            'must be one of holdout, treatment, got "control"',
        ),
        ({"served": "no"}, "served", 'must be true or false, got "no"'),
        ({"eligible": "none"}, "eligible", 'must be a list, got "none"'),
        (
            {"ghost": {"distribution": {}, "action": "none"}},
            "ghost.propensity",
            "is required",
        ),
        (
            {"outcomes": [{"name": "shown"}]},
            "outcomes[0].at",
            "is required",
        ),
        ({"distribution": {"none": 2}}, "distribution[...]", "must be <= 1"),
    ],
)
def test_bad_record(wrong, field, sentence):
    """A line that is no record is refused with the field, the limit and the value."""
    with pytest.raises(BadRequest) as caught:
        decode_record(orjson.dumps({**RECORD, **wrong}))

    assert str(caught.value) == f"{field} {sentence}"
    assert caught.value.field == field


def test_refusals_are_a_closed_list():
    """A reason that the contract does not know cannot be recorded."""
    with pytest.raises(BadRequest, match=r"^refused\[\.\.\.\] must be one of bot, "):
        decode_record(orjson.dumps({**RECORD, "refused": {"chat": "tired"}}))

    assert len(get_args(Refusal)) == 21


def test_not_finite_is_null():
    """JSON knows no NaN; it is written as null and refused when read back."""
    record = decode_record(orjson.dumps(RECORD))
    broken = DecisionRecord(
        **{name: getattr(record, name) for name in RECORD if name != "draw"},
        draw=math.nan,
    )

    with pytest.raises(BadRequest, match=r"^draw must be a number, got null$"):
        decode_record(encode(broken))


def test_confirm():
    """The question whether a decision is still good carries its token."""
    assert decode_confirm(b'{"token": "1.a.b"}') == Confirm(token="1.a.b")
    with pytest.raises(BadRequest, match=r"^token is required$"):
        decode_confirm(b"{}")


def test_problem_of_errors():
    """Every error of a caller becomes its problem; without a field there is none."""
    assert problem_of(Conflict("code is taken")) == Problem(
        type="/problems/conflict",
        title=Conflict.title,
        status=409,
        detail="code is taken",
    )
    assert (
        problem_of(Unauthorised("token must be ours", field="token")).field == "token"
    )
