"""A provider around a provider: what is true of every call, whoever answers it."""
