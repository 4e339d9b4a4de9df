"""The wire: typed messages, validated at the door; knows nothing of state."""
