"""The tests' child: runs free-form tests and counts the assertions that were executed."""
