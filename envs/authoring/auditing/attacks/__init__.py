"""What an audit tries on a reward: hacks by the form of the answer, blind policies, other writings of right answers."""
