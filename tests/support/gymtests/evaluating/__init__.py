"""Stand-ins around an eval: a chat server, a policy with a known accuracy, a run as a training leaves it."""
