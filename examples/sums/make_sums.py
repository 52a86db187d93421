"""Writes sums.csv: sums and differences of numbers up to 20, the larger first, in an order that seed 0 gives.

python examples/sums/make_sums.py
"""

import csv
import random
from pathlib import Path

rows = [(f"What is {a} + {b}?", a + b) for a in range(1, 21) for b in range(1, 21)]
rows += [(f"What is {a} - {b}?", a - b) for a in range(1, 21) for b in range(1, a + 1)]
random.Random(0).shuffle(rows)
with (Path(__file__).parent / "sums.csv").open("w", newline="", encoding="utf-8") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("question", "answer"))
    writer.writerows(rows)
