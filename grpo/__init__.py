"""The trainer: engines, rollouts, advantages, losses, checkpoints. Knows environments only through their contract."""
