"""Environments with planted properties, loaded by path."""
