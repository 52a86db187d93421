"""Closed classes of words and signs that the judge knows by heart, and how one becomes a pattern."""
