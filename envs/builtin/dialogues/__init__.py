"""Environments in which the environment answers: guessing with feedback, a calculator to call, a chain of steps."""
