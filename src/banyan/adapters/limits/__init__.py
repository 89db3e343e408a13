"""Gauges of rate limits that several processes share."""
