"""Whether two expressions are equal: modular, numeric and symbolic rungs, from cheap to dear. Undecided is unequal."""
