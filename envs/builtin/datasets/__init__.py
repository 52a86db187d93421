"""Environments over files of real questions with known answers."""
