"""Finds the final answer in a completion and the form it is written in. Decides nothing about its value."""
