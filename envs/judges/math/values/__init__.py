"""What an answer can be: numbers, quantities with units, regions, relations; and the policy that says what counts."""
