"""Who the shop says a visitor is changes no group: as first assigned, everywhere."""

from engage.settings import HoldoutSettings
from engage.wire.envelope import Customer
from tests.unit.street.builders import open_shop, settings

HALF = HoldoutSettings(share=0.5, taper_share=0.5)
ADA = Customer(id="c_1", logged_in=True, orders=3)


async def test_group_stays_when_identified(tmp_path):
    """Identified later or at once, a visitor keeps the group of the first sight."""
    shop = await open_shop(tmp_path, settings(holdout=HALF))
    groups = {}
    for number in range(20):
        visitor = f"v_{number}"
        _, before = await shop.ask(visitor)
        _, after = await shop.ask(visitor, customer=ADA)
        assert before["group"] == after["group"]
        groups[visitor] = after["group"]
    shop.close()

    assert set(groups.values()) == {"treatment", "holdout"}


async def test_group_is_the_visitors_not_the_customers(tmp_path):
    """Two devices of one customer are two visitors: neither inherits a group."""
    shop = await open_shop(tmp_path, settings(holdout=HALF))
    groups = []
    for number in range(20):
        _, alone = await shop.ask(f"v_{number}", customer=ADA)
        groups.append(alone["group"])
    shop.close()
    again = await open_shop(tmp_path / "other", settings(holdout=HALF))
    for number, group in enumerate(groups):
        _, nobody = await again.ask(f"v_{number}")
        assert nobody["group"] == group
    again.close()


async def test_known_orders_are_the_customers(tmp_path):
    """What the shop says of its customer's orders is known on every device."""
    shop = await open_shop(tmp_path)
    _, body = await shop.ask("v_2", customer=ADA)
    shop.close()

    assert body["segment"] == "loyal"
    assert body["features"]["orders"] == 3.0
