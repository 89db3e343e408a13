"""The two services as HTTP applications."""
