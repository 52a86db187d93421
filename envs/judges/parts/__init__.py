"""Parts for rubrics: small verifiers of one thing each. All are picklable, pure, and take hostile text.

Whether a part reads the whole completion or only the reply after a `<think>` block is said by each. They are imported
from `envs.judges`.
"""
