"""Mathematics: procedural tasks, and a judge of values."""
