"""The output matrix of a low-precision model, multiplied in float32.

A logit of 20 in bfloat16 is off by up to a sixteenth, and so is its log-prob: more than all else that parts a trainer
from an engine (MiniMax-M1, arXiv:2506.13585, section 3.2). Both sides go through the same layer here.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional


class Float32Output(torch.nn.Linear):
    """A linear layer whose products are in float32, whatever its weight is kept in."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002 - the name torch calls it by
        """Returns float32 logits."""
        bias = None if self.bias is None else self.bias.float()
        weight = self.weight.float() if torch.is_grad_enabled() else self._kept()
        return functional.linear(input.float(), weight, bias)

    def _kept(self) -> torch.Tensor:
        """Returns a float32 copy of the weight, made again when it has been written to: decoding asks every token."""
        key = (self.weight.data_ptr(), self.weight._version, self.weight.device)
        if getattr(self, "_key", None) != key:
            with torch.inference_mode(False):  # a tensor of that mode could not be copied with the model
                self._copy = self.weight.detach().float()
            self._key = key
        return self._copy


def output_in_float32(model: Any) -> Any:
    """Returns a model whose output matrix, where it is a plain one of low precision, is multiplied in float32."""
    output = model.get_output_embeddings()
    if type(output) is torch.nn.Linear and output.weight.dtype in (torch.bfloat16, torch.float16):
        output.__class__ = Float32Output
    return model
