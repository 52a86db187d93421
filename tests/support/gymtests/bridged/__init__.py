"""What bridges are held against: the other project itself, over the same samples."""
