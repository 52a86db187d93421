"""From tasks to scored groups of completions: samplers, the player of episodes, batches, verification, seeds. No training."""
