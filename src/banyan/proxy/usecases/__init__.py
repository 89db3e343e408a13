"""One verb of the gateway per file."""
