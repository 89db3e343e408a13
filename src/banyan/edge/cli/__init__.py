"""The commands: they parse, ask the workspace, and print."""
