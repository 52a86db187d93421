"""Whether two expressions are equal: exact, modular, ball and symbolic rungs, cheapest first. Undecided is unequal."""
