"""Whether an answer is the gold, form by form. What a single expression equals is decided in `equality`."""
