"""The journal: one SQLite file of what may not be lost, its one writer, its readers."""
