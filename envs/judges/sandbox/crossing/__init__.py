"""What crosses between judge and sandbox: plain data as bytes, and handles of live objects.

Loaded on both sides, in the sandbox under a private name: imports nothing of ours outside this folder.
"""
