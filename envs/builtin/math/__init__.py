"""Procedural arithmetic and algebra. Answers are decided by `envs.judges.math`."""
