"""Evidence: lift, replay, off-policy evaluation, and simulated shoppers."""
