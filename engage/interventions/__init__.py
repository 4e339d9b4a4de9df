"""What can be offered to a visitor, one file a kind, and what it proposes."""
