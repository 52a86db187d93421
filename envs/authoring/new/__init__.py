"""Writes the start of an environment of one's own."""
