"""What a child does for a job: calls, programs, free-form tests and the stand-ins they use. Guest code."""
