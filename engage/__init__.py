"""engage: real-time on-site engagement for web shops.

A browser SDK sends behaviour beacons; the service keeps streaming features, scores
hesitation and dwell with models that learn online, and decides by a contextual bandit
with true propensities whether to offer help - or, most often, nothing.

`engage.engine` shows the whole street on one screen.
"""

__version__ = "0.1.0"
