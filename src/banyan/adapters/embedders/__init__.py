"""One embedding model per file."""
