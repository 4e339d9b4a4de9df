"""Lift: what all cards were worth, treatment against holdout, at every look."""
