"""Rollouts by vLLM, in the process that `grpo.engines.process` gives it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import fields
from itertools import count
from pathlib import Path
from typing import Any, cast

import torch

from envs.core.errors import GymError, RunError, UsageError, did_you_mean
from grpo.engines.base import Completion, Engine, FinishReason, NamedTensors, Sampling
from grpo.engines.kv_space import GIB, bytes_per_token, free_main_memory, kv_space, refused_space
from grpo.engines.options import VllmOptions
from grpo.engines.vllm_adapters import ServedAdapter, adapter_arguments
from grpo.engines.vllm_seeds import draw_only_for_keeps

_SEQUENCES = 256
_LINE = 200


def _prepare_environment() -> None:
    """Sets what vLLM reads at import; what the user has set stays."""
    defaults = {
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # the engine core must live here to take tensors by reference
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",  # pinning would pin the trainer's threads too
        "VLLM_LOGGING_LEVEL": "ERROR",
        "VLLM_NO_USAGE_STATS": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)


class VllmEngine(Engine):
    """vLLM with per-request seeds, processed log-probabilities and weights that can be replaced.

    Args:
        options: The model, and how it is served.

    Raises:
        UsageError: vLLM is not installed, or knows no such argument.
        RunError: vLLM cannot serve this model.
    """

    name = "vllm"
    checkpoint_names = True

    def __init__(self, options: VllmOptions):
        _prepare_environment()
        threads = torch.get_num_threads()
        try:
            import vllm
            from vllm.config import WeightTransferConfig
        except ImportError as error:
            raise UsageError(
                f"vLLM cannot be imported ({error}): run `grpo doctor`, or use --engine transformers"
            ) from error
        from grpo.engines import vllm_weights

        self.max_model_len = options.max_model_len
        self._eos_ids = list(options.eos_ids)
        self._request_ids = count()
        self._sleeps = options.settings.sleep
        self.takes_adapter = options.adapter is not None
        self._adapter: ServedAdapter | None = None
        self._asleep = False
        self._keys: dict[str, int] = {}
        try:
            arguments = _arguments(options)
            self._llm = vllm.LLM(
                model=str(options.model_dir),
                tokenizer=str(options.model_dir),
                dtype=options.dtype,  # type: ignore[arg-type]
                max_model_len=options.max_model_len,
                logprobs_mode="processed_logprobs",
                generation_config="vllm",  # the model's own sampling defaults must not leak into rollouts
                seed=0,
                weight_transfer_config=WeightTransferConfig(backend=vllm_weights.register()),
                **arguments,
            )
            if options.adapter is not None:
                self._adapter = ServedAdapter(self._llm.llm_engine, options.adapter)
            self._llm.init_weight_transfer_engine({"init_info": {}})
            self._llm.collective_rpc(draw_only_for_keeps)
            self._warm_up()
        except GymError:
            raise
        except Exception as error:
            if refused := refused_space(str(error), options.settings.kv_gib, options.max_model_len):
                raise refused from error
            raise RunError(
                f"vLLM cannot serve {options.model_dir}: {_said(error)} (try --engine transformers, or -v for its log)"
            ) from error
        finally:
            torch.set_num_threads(threads)

    def _warm_up(self) -> None:
        """Samples two tokens: what vLLM compiles at the first ones takes seconds, and is part of its start."""
        if self.max_model_len > 2:
            self.generate([[0]], Sampling(max_tokens=2), [0])

    @property
    def pending(self) -> int:
        """Requests that have not ended."""
        return len(self._keys)

    def submit(self, key: int, prompt: Sequence[int], sampling: Sampling, seed: int) -> None:
        """Adds a request; see `Engine.submit`."""
        from vllm.sampling_params import RequestOutputKind

        adapter = self._adapter.request if self._adapter is not None else None
        if self._asleep:
            self._wake()
        request_id = str(next(self._request_ids))
        params = self._params(sampling, seed)
        params.output_kind = RequestOutputKind.FINAL_ONLY
        self._llm.llm_engine.add_request(request_id, {"prompt_token_ids": list(prompt)}, params, lora_request=adapter)
        self._keys[request_id] = key

    def step(self) -> list[tuple[int, Completion]]:
        """Samples a token for what is pending; see `Engine.step`."""
        ended = [output for output in self._llm.llm_engine.step() if output.finished] if self._keys else []
        return [(self._keys.pop(output.request_id), _completion(cast(Any, output).outputs[0])) for output in ended]

    def cancel(self) -> None:
        """Gives up all that is pending; see `Engine.cancel`."""
        if self._keys:
            self._llm.llm_engine.abort_request(list(self._keys))
            self._keys.clear()

    def _params(self, sampling: Sampling, seed: int) -> Any:
        from vllm import SamplingParams

        return SamplingParams(
            max_tokens=sampling.max_tokens,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            top_k=sampling.top_k,
            seed=seed,
            logprobs=0,
            flat_logprobs=True,
            stop_token_ids=self._eos_ids,
            stop=list(sampling.stop) or None,
            include_stop_str_in_output=True,
            detokenize=bool(sampling.stop),
            skip_special_tokens=False,
        )

    def update_weights(self, weights: NamedTensors) -> None:
        """Replaces the weights and forgets every cached prefix, which would otherwise answer for the old ones.

        Raises:
            RunError: A layer did not get all its numbers, and is named; or vLLM cannot load the model twice, or not
                this adapter.
        """
        if self._asleep:  # keys and values wait: while weights are loaded, there are two of each layer
            self._llm.wake_up(tags=["weights"])
        if self._adapter is not None:
            self._replace_adapter(self._adapter, weights)
        else:
            self._replace_weights(weights)
        if self._asleep:
            self._wake("kv_cache")
        self._llm.reset_prefix_cache()

    def _replace_adapter(self, adapter: ServedAdapter, weights: NamedTensors) -> None:
        try:
            adapter.replace(weights)
        except Exception as error:
            raise RunError(
                f"vLLM cannot serve this adapter ({type(error).__name__}: {_said(error, 2 * _LINE)}): "
                "take --lora-rollouts merged"
            ) from error

    def _replace_weights(self, weights: NamedTensors) -> None:
        try:
            self._llm.start_weight_update()
            self._llm.update_weights({"update_info": {"weights": [(name, t.detach()) for name, t in weights]}})
            self._llm.finish_weight_update()
        except Exception as error:  # what a layer of unknown make does when it is loaded a second time
            raise RunError(
                f"vLLM cannot take new weights of this model here ({type(error).__name__}: {_said(error)}): "
                "try --engine transformers"
            ) from error
        missing = [name for names in self._llm.collective_rpc(_incomplete_layers) for name in names]
        if missing:
            more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
            raise RunError(
                f"new weights did not arrive whole in vLLM's {', '.join(missing[:3])}{more}: try --engine transformers"
            )

    def sleep(self) -> None:
        """Moves the weights to main memory and lets go of keys and values, until the next update or batch."""
        if self._sleeps and not self._asleep:
            self._llm.sleep(level=1)
            self._asleep = True

    def _wake(self, *parts: str) -> None:
        """Takes back these parts of the device's memory, the last that were given away."""
        self._llm.wake_up(tags=list(parts) or None)
        self._asleep = False

    def close(self) -> None:
        """Ends the engine and frees its memory."""
        if hasattr(self, "_llm"):
            self._llm.llm_engine.engine_core.shutdown()
            del self._llm


def _arguments(options: VllmOptions) -> dict[str, Any]:
    """Returns the arguments of vLLM that decide memory and batch, and those a person has given.

    Raises:
        UsageError: vLLM has no such argument.
        RunError: Not even one sequence fits the memory.
    """
    from vllm.engine.arg_utils import EngineArgs

    settings = options.settings
    known = [field.name for field in fields(EngineArgs)]
    for name in settings.engine_args:
        if name not in known:
            raise UsageError(f"--engine-arg {name}: vLLM has no such argument: {did_you_mean(name, known)}")
    sequences = settings.max_sequences or _SEQUENCES
    chosen: dict[str, Any] = {
        "max_num_seqs": sequences,
        "max_num_batched_tokens": max(8192, options.max_model_len),
        "enforce_eager": not torch.cuda.is_available(),
        "gpu_memory_utilization": settings.gpu_share,
        "kv_cache_dtype": settings.kv_dtype,
        "disable_log_stats": True,
        **({"enable_sleep_mode": True} if settings.sleep else {}),
        **(adapter_arguments(options.adapter) if options.adapter is not None else {}),
    }
    if settings.kv_gib:
        chosen["kv_cache_memory_bytes"] = int(settings.kv_gib * GIB)
    elif not torch.cuda.is_available():
        element = 4 if options.dtype == "float32" else 2
        token = bytes_per_token(_text_config(options.model_dir), element)
        chosen["kv_cache_memory_bytes"] = kv_space(token, options.max_model_len, sequences, free_main_memory())
    return {**chosen, **settings.engine_args}


def _said(error: Exception, most: int = _LINE) -> str:
    """Returns what an error says in one line; pydantic's, which vLLM raises, say it in their second."""
    lines = [line.strip() for line in str(error).splitlines()]
    told = [line for line in lines if line and not line.startswith("For further") and "validation error" not in line]
    return told[0].removeprefix("Value error, ")[:most] if told else type(error).__name__


def _incomplete_layers(worker: Any) -> Sequence[str]:
    return worker.weight_transfer_engine.incomplete


def _text_config(model_dir: Path) -> Any:
    from transformers import AutoConfig

    return AutoConfig.from_pretrained(str(model_dir)).get_text_config()


def _completion(output: Any) -> Completion:
    ids = list(output.token_ids)
    reason = FinishReason.STOP if output.finish_reason == "stop" else FinishReason.LENGTH
    return Completion(ids, [float(value) for value in _sampled(output.logprobs, ids)], reason)


def _sampled(logprobs: Any, ids: list[int]) -> Sequence[float]:
    """Returns the log-prob of each sampled token, from vLLM's flat form: with `logprobs=0` there is one a position."""
    return [logprobs.logprobs[start] for start in logprobs.start_indices[: len(ids)]]
