"""Robots that say so: search engines' crawlers, monitors, headless browsers.

They run a page's scripts as people do, and not all of them set `navigator.webdriver`
(the beacon's own `automated`). In a shop that measures from the first page on they
would be visitors: shown cards, given codes, counted in both groups.
"""

# Rules of this file: only what names itself. What pretends to be a person is told by
# its pace (`visits.reducers`). The header is looked at and not kept.

from __future__ import annotations

from typing import Final

# As in Googlebot, AdsBot-Google, Bytespider, HeadlessChrome, Chrome-Lighthouse.
# Programs of a shop's own (curl, a test's client) name no such thing and are let be.
_NAMES: Final = (
    *("bot", "crawler", "spider", "slurp", "headless", "phantomjs", "lighthouse"),
    *("inspectiontool", "externalhit", "mediapartners"),
)
# A maker of telephones.
_NO_ROBOT: Final = "cubot"


def is_robot(user_agent: str) -> bool:
    """Tell whether a `User-Agent` is that of a program that says so.

    >>> is_robot("Mozilla/5.0 (compatible; Googlebot/2.1; +http://google.com/bot.html)")
    True
    >>> is_robot("Mozilla/5.0 (Linux; Android 9; CUBOT X19) Chrome/120.0 Mobile")
    False
    """
    said = user_agent.lower().replace(_NO_ROBOT, "")
    return any(name in said for name in _NAMES)
