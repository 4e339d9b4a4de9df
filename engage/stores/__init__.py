"""Stores: fast state that may be lost, and the journal of what may not."""
