"""Labelled rows for the math judge, a judge model's server, processes watched."""
