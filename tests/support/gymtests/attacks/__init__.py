"""Programs that try to pass without solving."""
