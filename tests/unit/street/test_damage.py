"""A damaged record of a shop in use is named and passed over; nothing else waits."""

import pytest
from structlog.testing import capture_logs

from tests.unit.street.builders import SHORT_S, report


@pytest.mark.parametrize("body", ["{}", '{"half": '])
@pytest.mark.parametrize("kind", ["decision", "outcome"])
async def test_damaged_record(shop, kind, body):
    """Its shop ends visits and closes windows as before, also that of its visitor."""
    decided = []
    for _ in range(2):
        answer, record = await shop.until("size_guide")
        visitor = record["session"].removeprefix("s_")
        gone = report(answer.decision, "action_dismissed", by="close")
        await shop.send(gone, visitor=visitor)
        decided.append(record)
    first, second = decided
    damage = "UPDATE journal SET body=CAST(? AS BLOB) WHERE key=? AND kind=?"
    shop.journal._writer.run(
        "damage", lambda c: c.execute(damage, (body, first["decision"], kind)).rowcount
    )
    with capture_logs() as lines:
        await shop.wait(SHORT_S)
        await shop.wait(SHORT_S)

    assert shop.close_of("closed", second)["learned"]
    assert shop.close_of("closed", first)["learned"] is (kind == "outcome")
    ended = {visit["session"] for visit in shop.kinds("visit")}
    assert ended >= {first["session"], second["session"]}
    assert "record.damaged" in {line["event"] for line in lines}
