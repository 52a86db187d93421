"""Whether two expressions are equal: exact, modular, ball and symbolic rungs, from cheap to dear. Undecided is unequal."""
