"""Instructions about form as tasks."""
