"""What several providers have in common on the wire."""
