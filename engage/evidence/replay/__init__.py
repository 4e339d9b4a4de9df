"""Replay: every logged decision computed again from its record."""
