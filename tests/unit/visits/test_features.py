import math

import msgspec
import numpy as np
import pytest

from engage.errors import FeatureError
from engage.visits import counters as c
from engage.visits.block import packed, unpacked
from engage.visits.features import (
    FEATURES,
    N_FEATURES,
    NAMES,
    SCHEMA,
    describe,
    transform,
)
from engage.visits.session import current_view, open_views
from tests.unit.visits.builders import NOW_S, event, first, item, product_visit, walked


def test_table():
    """Names are unique, bounds are ordered, logarithms start at zero or above."""
    assert len(set(NAMES)) == N_FEATURES <= 64
    assert all(f.low < f.high for f in FEATURES)
    assert all(f.low >= 0 for f in FEATURES if f.scale == "log")
    assert all((f.low, f.high) == (0, 1) for f in FEATURES if f.scale == "flag")
    assert all(f.source for f in FEATURES)


def test_schema():
    """The schema is a stable hash; whoever changes the table sees it here."""
    assert SCHEMA == "e7f788bee9314d34"


def test_vector():
    """A vector has its shape and type and lies within its bounds."""
    vector = describe(product_visit(), at_s=NOW_S + 5)

    assert (vector.shape, vector.dtype) == ((N_FEATURES,), np.float64)
    assert all(f.low <= x <= f.high for f, x in zip(FEATURES, vector, strict=True))


def test_extreme_numbers():
    """Numbers at their top, and a clock a year off, stay finite and clipped."""
    session = product_visit()
    _, times = unpacked(session.block)
    extreme = msgspec.structs.replace(session, block=packed(list(c.TOPS), times))

    for at_s in (NOW_S - 3e7, NOW_S + 3e7, 0.0):
        vector = describe(extreme, at_s=at_s)
        assert np.isfinite(vector).all()
        assert all(f.low <= x <= f.high for f, x in zip(FEATURES, vector, strict=True))


def test_time_that_is_no_number():
    """A time that is not finite is refused by name."""
    with pytest.raises(FeatureError, match=r"^features must be finite at nan"):
        describe(product_visit(), at_s=math.nan)


def test_transform():
    """Models see zero as zero and nothing beyond five units."""
    low = np.array([f.low for f in FEATURES])
    high = np.array([f.high for f in FEATURES])

    assert transform(np.zeros(N_FEATURES)).tolist() == [0.0] * N_FEATURES
    assert np.abs(transform(low)).max() <= 5.0
    assert transform(high).max() == pytest.approx(5.0)


def test_transform_of_many():
    """Rows are transformed like single vectors."""
    vector = describe(product_visit(), at_s=NOW_S)

    assert np.array_equal(transform(np.stack([vector, vector]))[1], transform(vector))


def test_open_views():
    """At the end of a session the parked page and the one on stage are reported."""
    session = walked(
        first(event("view_item", item=item())),
        first(event("view_item", item=item("43")), tab="t_2"),
    ).session

    assert [view.item_id for view in open_views(session)] == ["42", "43"]
    assert open_views(session)[-1] == current_view(session)
    assert len(open_views(product_visit())) == 1
