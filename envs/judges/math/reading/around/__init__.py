"""What stands around an answer and takes it back, turns it into another, or sets a second one beside it."""
