"""What the tests of the sandbox share."""

import pytest

from envs.judges.sandbox import CodeJudge


@pytest.fixture(scope="module")
def judge():
    with CodeJudge(timeout=20) as judge:
        yield judge
