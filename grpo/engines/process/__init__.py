"""An engine in a process of its own.

vLLM rewrites the classes of some models where it lives, holds what it allocates until its process ends, and dies of
what it cannot allocate. Apart from the trainer it does none of that to the run: a dead engine is started again, gets
the newest weights, and samples the batch again from the same seeds.
"""
