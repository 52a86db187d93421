"""Mathematics with verifiable answers: the judge, and procedural tasks. Importing it imports no sympy."""
