"""Intervals that hold at every look at once."""
