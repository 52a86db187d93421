"""The same calls as vLLM's parsers read, of turns that are well-formed; skipped by name where there is no vLLM."""

from random import Random

import pytest

from envs.tools.calls.formats import FORMATS, scan
from gymtests.toolcalls import vllm_parsers
from gymtests.toolcalls.turns import turn


@pytest.mark.parametrize("tool_format", FORMATS)
def test_vllm_reads_the_same(tool_format):
    pytest.importorskip("vllm.tool_parsers", reason="vllm is not installed", exc_type=ImportError)
    if tool_format not in vllm_parsers.NAMES:
        pytest.skip(f"vLLM reads {tool_format} from token ids of a vocabulary that it downloads")
    read = vllm_parsers.reader(tool_format)
    if read is None:
        pytest.skip(f"this vLLM has no parser {vllm_parsers.NAMES[tool_format]}")
    for seed in range(100, 140):
        text, made = turn(Random(seed), tool_format)
        ours = [(call.name, dict(call.arguments)) for call in scan(text, tool_format).calls]
        assert ours == made == read(text), text
