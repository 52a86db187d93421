"""What an eval comes to: rows, summaries, data frames, comparisons, contamination. Reads and writes result folders."""
