"""What vLLM's tool parsers read of a turn: the oracle for well-formed ones, and for those alone."""

import json
from types import SimpleNamespace

NAMES = {
    "hermes": "hermes", "qwen3_coder": "qwen3_coder", "glm": "glm45", "deepseek_v3": "deepseek_v3",
    "deepseek_v31": "deepseek_v31", "kimi": "kimi_k2", "mistral": "mistral", "mistral_list": "mistral",
    "llama_json": "llama3_json", "lfm2": "lfm2", "pythonic": "pythonic", "llama4_pythonic": "llama4_pythonic",
}  # fmt: skip
"""Its parsers by our names. Harmony it reads from token ids alone, with a vocabulary that it downloads."""
_MARKS = (
    "<think>", "</think>", "<tool_call>", "</tool_call>", "<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>",
    "<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>", "<｜tool▁call▁begin｜>", "<｜tool▁call▁end｜>", "<｜tool▁sep｜>",
    "<|tool_calls_section_begin|>", "<|tool_calls_section_end|>", "<|tool_call_begin|>", "<|tool_call_end|>",
    "<|tool_call_argument_begin|>", "[TOOL_CALLS]", "<|python_tag|>", "<|python_start|>", "<|python_end|>",
    "<|tool_call_start|>", "<|tool_call_end|>",
)  # fmt: skip


class _Tokenizer:
    """The vocabulary of marks, which is all that the parsers ask a tokenizer for where text is read."""

    def __init__(self, marks):
        self._ids = {mark: number for number, mark in enumerate(marks)}
        self.all_special_tokens, self.all_special_ids, self.chat_template = [], [], ""

    def get_vocab(self):
        return self._ids

    def convert_tokens_to_ids(self, token):
        return self._ids.get(token)

    def encode(self, text, **_):
        return []

    def decode(self, ids, **_):
        return ""


def reader(tool_format):
    """A function from a turn to its calls; None where this vLLM has no such parser."""
    from vllm.tool_parsers import ToolParserManager

    marks = (*_MARKS, "[ARGS]") if tool_format == "mistral" else _MARKS
    try:
        kind = ToolParserManager.get_tool_parser(NAMES[tool_format])
    except KeyError:
        return None
    request = SimpleNamespace(tools=None, tool_choice="auto", skip_special_tokens=False)

    def read(turn):
        parser = kind(_Tokenizer(marks))
        found = parser.extract_tool_calls(turn, request).tool_calls
        return [(call.function.name, json.loads(call.function.arguments)) for call in found]

    return read
