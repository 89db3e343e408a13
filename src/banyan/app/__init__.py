"""Settings, wiring and entry points: the one room that sees all."""
