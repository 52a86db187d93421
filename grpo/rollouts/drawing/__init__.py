"""Which task a group is sampled of: orders, samplers, what is known of how hard tasks are, profiles to choose by."""
