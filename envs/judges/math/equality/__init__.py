"""Whether two expressions are equal: modular, balls and symbolic rungs, from cheap to dear. Undecided is unequal."""
