"""What an environment is: tasks and their sources, episodes, rewards, rubrics, spaces, the registry.

Imports nothing else of ours, so that every other room can import it; no verifier and no task of its own lives here.
"""
