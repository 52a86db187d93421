"""Other people's trackers of runs, each by its own client, behind one small interface."""
