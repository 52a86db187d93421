"""`grpo judge`: files of completions in, files of verdicts out. What decides lives in `envs.judges`."""
