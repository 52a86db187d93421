"""What the tests share. A package of its own, whose name no folder of a user has."""
