"""The only code that touches the world; its rooms do not meet."""
