"""What a person meets on a terminal: commands, the live display, `grpo doctor`, Ctrl-C. Decides nothing of a run."""
