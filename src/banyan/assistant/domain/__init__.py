"""Decisions of the tutor as plain functions and values; no await, no input or output."""
