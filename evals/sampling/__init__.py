"""What an eval samples from and keeps: policies, endpoints, its episodes' addresses, and the journal of what was said."""
