"""Exports: the journal's facts as files for analysts, written and read back."""
