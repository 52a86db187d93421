"""What can be set for a run: the config, the choices of the algorithm, presets by paper. Computes nothing."""
