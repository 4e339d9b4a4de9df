"""What closings mean in money, and the one owner of every mutable model."""
