"""The algorithm's arithmetic: advantages, losses, KL to a reference, shaping of scores. Knows no engine, no file."""
