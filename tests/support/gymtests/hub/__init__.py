"""A stand-in of the Hugging Face hub on loopback."""
