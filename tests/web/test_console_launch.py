"""How far the console says that an intervention is from being explored enough."""

from dataclasses import replace

from engage.settings import PolicySettings
from engage.web.console.levels import levels
from tests.web.console_shop import SITE, console


async def launch_of(service, *, learned):
    """Return what is said of an intervention nobody has had, after so many others."""
    site = service.engine("pk_shy").site
    uplift = replace(site.snapshot.uplift, learned=learned, _sums={}, _settled={})
    site.snapshot = replace(site.snapshot, uplift=uplift)
    return (await levels(service, site))["interventions"][0]["launch"]


async def test_launch_quota_of_the_shop(tmp_path):
    """Share and end are the shop's own; nothing launches before others are known."""
    policy = PolicySettings(launch_share=0.25, launch_until_n=40)
    shy = replace(SITE, key="pk_shy", policy=policy)
    async with console(tmp_path, more=(shy,)) as (_, service):
        young, grown = [await launch_of(service, learned=n) for n in (39, 40)]

    quota = {"seen": 0, "until": 40, "share": 0.25}
    assert young == {**quota, "is_launching": False}
    assert grown == {**quota, "is_launching": True}
