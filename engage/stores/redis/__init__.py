"""Fast state in Redis, shared by all workers, and what they and the learner tell."""
