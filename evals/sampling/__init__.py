"""Where an eval's completions come from: policies, engines, endpoints, episodes, and the journal of what was said."""
