"""Where an eval gets its turns, and what it keeps of them: policies, endpoints, the journal of what was said."""
