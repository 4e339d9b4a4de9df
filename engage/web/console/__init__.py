"""The console: what an operator sees and may do."""
