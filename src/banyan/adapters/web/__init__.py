"""The way out to web pages that people name; there is no other."""
