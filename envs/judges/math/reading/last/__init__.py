"""What the last line of a text says, where no box does."""
