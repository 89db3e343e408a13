"""One verb per file: manage jobs, run them."""
