"""Learned rewards as verifiers: a reward model, a judge model, and how far they agree with rewards that can be checked.

Both are parts for a `Rubric` beside verifiable ones. See `docs/learned-rewards.md`.
"""
