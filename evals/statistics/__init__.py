"""How sure a score is: intervals, paired tests, pass@k, power. Knows numbers alone."""
