"""Countdown: reach a number from given numbers."""
