"""From tasks to scored groups of completions: samplers, the player, batches, verification, seeds. No training."""
