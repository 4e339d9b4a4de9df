"""Deciding: holdout, gates, policies, the judgement and the draw."""
