"""Decisions of the gateway as plain functions and values; no await, no input or output."""
