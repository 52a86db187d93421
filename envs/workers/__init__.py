"""What runs outside this process and within a deadline: the killable verifier pool, child processes, chat endpoints.

Imports `envs.core` alone; what a worker decides lives in `envs.judges`.
"""
