"""One verb of the tutor per file."""
