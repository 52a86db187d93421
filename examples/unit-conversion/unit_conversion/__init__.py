"""Lengths to convert, with partial credit for the unit."""
