"""Bridges to other projects: their tasks as environments of ours, ours as rewards and environments of theirs."""
