"""The same tables on every SQL engine, and their migrations."""
