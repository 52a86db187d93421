"""The second hearing: whether what the candidate's objects said of themselves stands up where they cannot know."""
