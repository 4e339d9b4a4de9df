"""Scores: calibrated numbers that learn online, and the moments they lead to."""
