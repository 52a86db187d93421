import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")

import pytest
import torch

from grpo.policy.model import load_policy


@pytest.fixture(scope="session")
def tiny():
    """The built-in policy; tests that train it take `fresh_tiny`."""
    torch.set_num_threads(1)
    return load_policy("builtin:tiny")


@pytest.fixture
def fresh_tiny():
    torch.set_num_threads(1)
    return load_policy("builtin:tiny")
