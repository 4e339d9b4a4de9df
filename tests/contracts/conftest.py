from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engage.settings import ServerSettings
from tests.contracts.outside import Product, running
from tests.contracts.roles import open_roles
from tests.unit.street.builders import NOW_S, SECRETS, settings

KEYS = {
    "ENGAGE_PK_ALL_SERVER_KEY": "sk_0123456789abcdef",
    "ENGAGE_PK_SHADOW_SERVER_KEY": "sk_fedcba9876543210",
}
CONFIG = Path(__file__).with_name("contract_shop.toml")


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Iterator[Product]:
    """The demo as anybody starts it, with windows of a second and of ten."""
    options = ["--no-traffic", "--window-s", "1", "--cooldown-s", "0", "--port", "0"]
    with running("demo", *options, data=tmp_path_factory.mktemp("demo")) as product:
        yield product


@pytest.fixture(scope="session")
def shop(tmp_path_factory) -> Iterator[Product]:
    """The service with the shop where every reason to refuse can be met."""
    ports = ["--port", "0", "--admin", "127.0.0.1:0"]
    with running(
        *("serve", "--config", str(CONFIG), *ports),
        data=tmp_path_factory.mktemp("shop"),
        env=KEYS,
        site="pk_all",
        key=KEYS["ENGAGE_PK_ALL_SERVER_KEY"],
    ) as product:
        yield product


@pytest.fixture(scope="session")
def shadow(shop) -> Product:
    """The same service, as the shop that only watches."""
    return replace(shop, site="pk_shadow", key=KEYS["ENGAGE_PK_SHADOW_SERVER_KEY"])


@pytest.fixture(scope="session")
def stocked(shop) -> Product:
    """The shop with everything that its interventions need, or lack."""
    groups = {"there": (1, 50, 3_600), "gone": (1, 50, 0.001), "nobody": (1, 0, 3_600)}
    for name, (online, free, ttl_s) in groups.items():
        report = {"online": online, "free": free, "ttl_s": ttl_s}
        shop.shop("PUT", f"/v1/chat/groups/{name}", report)
    codes = {"pool": "full", "codes": [f"C-{n}" for n in range(50)]}
    shop.shop("POST", "/v1/discounts/codes", codes)
    return shop


@pytest.fixture
async def roles(tmp_path, redis_url):
    """Two workers and a learner."""
    server = ServerSettings(store="redis", redis_url=redis_url)
    one = await open_roles(
        settings(), SECRETS, data=tmp_path, at_s=NOW_S, server=server
    )
    yield one
    await one.close()
