"""What the tutor asks of the world."""
