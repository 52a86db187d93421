"""What a question says about the answers to it: which unit it asks for, and what it counts."""
