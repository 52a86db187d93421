"""Calls of tools, read out of what a policy said: one linear scanner for the syntaxes that models are trained on."""
