"""A game of questions: find a number by asking what divides it."""
