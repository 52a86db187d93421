"""What an audit measures beside attacks: leaks, secrets, stability across processes, signal for training."""
