"""Small models of every architecture of transformers, and what a run makes of each."""
