"""Sets of real numbers: intervals, unions, and where an inequality holds."""
