"""What leaves a run: a model folder that needs nothing of ours, and the same on the Hugging Face hub."""
