"""What a run leaves behind and looks at: its directory, checkpoints, metrics, health, checks before the first step."""
