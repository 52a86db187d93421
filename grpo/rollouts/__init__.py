"""From tasks to scored groups of completions: episodes, batches, one step ahead, verification, seeds. No training."""
