"""Fast state in the process's own memory."""
