"""The environments that ship, each a folder with its tasks. What decides their rewards lives in `envs.judges`."""
