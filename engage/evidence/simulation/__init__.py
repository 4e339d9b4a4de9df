"""Simulated shoppers with a known truth, for tests, demos and regret curves.

A simulation is always named as one; claims of quality come from real data. `truth` says
what a shopper is, `browser` and `journey` what they do, `shopper` ties both together;
`crowd` lets them loose on a running service, `offline` on an engine in process.
"""
