"""Honest programs that must pass."""
