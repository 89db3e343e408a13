"""Queues, tables and storage of LEARN-X, as far as its jobs are worked on here."""
