"""Five questions of general knowledge, scored by rules that can be read."""
