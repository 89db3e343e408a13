"""Banyan: a course-grounded tutor and the OpenAI-compatible proxy behind it."""

__version__ = "0.1.0"
