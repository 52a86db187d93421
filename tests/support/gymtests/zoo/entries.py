"""The zoo's configurations: what departs from `SHARED`, the smallest shape that still has every part.

Windows, chunks and rope thresholds are shorter than the zoo's longest sequence, so that each is crossed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SHARED: dict[str, Any] = {
    "vocab_size": 101, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 128,
    "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
MOE = {
    "num_experts": 4, "num_local_experts": 4, "n_routed_experts": 4, "num_experts_per_tok": 2,
    "moe_intermediate_size": 16, "shared_expert_intermediate_size": 16, "n_group": 1, "topk_group": 1,
    "first_k_dense_replace": 1,
}  # fmt: skip
WINDOWS = {"layer_types": ["sliding_attention", "full_attention"], "sliding_window": 6}
MLA = {
    "q_lora_rank": 16, "kv_lora_rank": 16, "qk_rope_head_dim": 8, "qk_nope_head_dim": 8, "v_head_dim": 8,
    "head_dim": 8, "num_key_value_heads": 4,
}  # fmt: skip
LINEAR = {
    "layer_types": ["linear_attention", "full_attention"], "linear_num_key_heads": 2, "linear_num_value_heads": 4,
    "linear_key_head_dim": 8, "linear_value_head_dim": 8, "linear_conv_kernel_dim": 4,
}  # fmt: skip
SSM = {
    "mamba_d_state": 8, "mamba_d_conv": 4, "mamba_expand": 2, "mamba_n_heads": 4, "mamba_d_head": 16,
    "mamba_n_groups": 1, "mamba_chunk_size": 8, "mamba_dt_rank": 4,
}  # fmt: skip
ROPE = {"rope_theta": 10000.0}
LONG = [1.0 + 0.5 * i for i in range(4)]


@dataclass(frozen=True, slots=True)
class Entry:
    """One configuration.

    Attributes:
        kind: Its `model_type`.
        settings: What departs from `SHARED`.
        leave: Settings of `SHARED` that its class does not take.
    """

    kind: str
    settings: dict[str, Any] = field(default_factory=dict)
    leave: tuple[str, ...] = ()


def _rope(kind: str, **more: Any) -> dict[str, Any]:
    return {"rope_parameters": {"rope_type": kind, **ROPE, **more}}


DENSE = {
    "apertus": Entry("apertus"),
    "arcee": Entry("arcee"),
    "biogpt": Entry("biogpt"),
    "bitnet": Entry("bitnet"),
    "bloom, alibi": Entry("bloom"),
    "codegen": Entry("codegen", {"n_embd": 32, "n_layer": 2, "n_head": 4, "rotary_dim": 4}),
    "cohere": Entry("cohere", {"logit_scale": 0.3}),
    "cohere2": Entry("cohere2", {**WINDOWS, "logit_scale": 0.3}),
    "ctrl": Entry("ctrl", {"n_embd": 32, "n_layer": 2, "n_head": 4, "dff": 48}),
    "cwm": Entry("cwm", WINDOWS),
    "diffllama": Entry("diffllama"),
    "doge": Entry("doge", {"keep_window_size": 6}),
    "ernie4_5": Entry("ernie4_5"),
    "exaone4": Entry("exaone4", WINDOWS),
    "falcon": Entry("falcon", leave=("head_dim",)),
    "falcon, alibi": Entry("falcon", {"alibi": True, "new_decoder_architecture": False}, leave=("head_dim",)),
    "gemma": Entry("gemma"),
    "gemma2, soft caps": Entry(
        "gemma2", {**WINDOWS, "final_logit_softcapping": 4.0, "attn_logit_softcapping": 2.0, "query_pre_attn_scalar": 8}
    ),
    "gemma3": Entry("gemma3_text", {**WINDOWS, "query_pre_attn_scalar": 8}),
    "gemma3n": Entry(
        "gemma3n_text",
        {**WINDOWS, "vocab_size_per_layer_input": 101, "hidden_size_per_layer_input": 8, "num_kv_shared_layers": 0,
         "laurel_rank": 4, "activation_sparsity_pattern": [0.0, 0.0], "intermediate_size": [48, 48]},
    ),
    "gemma4": Entry(
        "gemma4_text",
        {**WINDOWS, "vocab_size_per_layer_input": 101, "hidden_size_per_layer_input": 8, "num_kv_shared_layers": 0,
         "global_head_dim": 8},
    ),
    "glm, partial rotary": Entry("glm", {"partial_rotary_factor": 0.5}),
    "glm4": Entry("glm4"),
    "gpt2, learned positions": Entry("gpt2", {"n_embd": 32, "n_layer": 2, "n_head": 4}),
    "gpt_bigcode, multi-query": Entry("gpt_bigcode", {"n_embd": 32, "n_layer": 2, "n_head": 4}),
    "gpt_neo, local attention": Entry(
        "gpt_neo",
        {"num_layers": 2, "num_heads": 4, "attention_types": [[["global", "local"], 1]], "window_size": 6},
        leave=("num_hidden_layers", "num_attention_heads", "head_dim"),
    ),
    "gpt_neox": Entry("gpt_neox"),
    "gptj": Entry("gptj", {"n_embd": 32, "n_layer": 2, "n_head": 4, "rotary_dim": 4}),
    "granite, multipliers": Entry(
        "granite", {"embedding_multiplier": 3.0, "residual_multiplier": 0.4, "logits_scaling": 2.0}
    ),
    "helium": Entry("helium"),
    "hunyuan_v1_dense": Entry("hunyuan_v1_dense"),
    "hyperclovax": Entry("hyperclovax"),
    "jais2": Entry("jais2"),
    "llama": Entry("llama"),
    "llama, biases": Entry("llama", {"attention_bias": True, "mlp_bias": True, "num_key_value_heads": 1}),
    "llama, tied": Entry("llama", {"tie_word_embeddings": True}),
    "llama, linear rope": Entry("llama", _rope("linear", factor=2.0)),
    "llama, llama3 rope": Entry(
        "llama",
        _rope("llama3", factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=16),
    ),
    "llama, yarn": Entry("llama", _rope("yarn", factor=4.0, original_max_position_embeddings=16)),
    "llama, dynamic NTK": Entry("llama", {**_rope("dynamic", factor=2.0), "max_position_embeddings": 16}),
    "minicpm3": Entry("minicpm3", {**MLA, "scale_emb": 2.0, "dim_model_base": 16}),
    "ministral": Entry("ministral", WINDOWS),
    "mistral, windows": Entry("mistral", {"sliding_window": 6}),
    "modernbert-decoder": Entry("modernbert-decoder", {**WINDOWS, "local_attention": 6}),
    "mpt, alibi": Entry("mpt", {"d_model": 32, "n_heads": 4, "n_layers": 2, "max_seq_len": 128}),
    "nanochat": Entry("nanochat"),
    "nemotron": Entry("nemotron"),
    "olmo": Entry("olmo"),
    "olmo2": Entry("olmo2"),
    "olmo3": Entry("olmo3", WINDOWS),
    "openai-gpt": Entry("openai-gpt", {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 128}),
    "opt": Entry("opt", {"ffn_dim": 48, "word_embed_proj_dim": 32}),
    "persimmon": Entry("persimmon"),
    "phi": Entry("phi"),
    "phi3": Entry("phi3"),
    "phi3, longrope": Entry(
        "phi3",
        {"original_max_position_embeddings": 16,
         **_rope("longrope", short_factor=[1.0] * 4, long_factor=LONG, original_max_position_embeddings=16)},
    ),
    "qwen2": Entry("qwen2"),
    "qwen3": Entry("qwen3", {"tie_word_embeddings": True}),
    "seed_oss": Entry("seed_oss"),
    "smollm3, layers without positions": Entry("smollm3", {"no_rope_layers": [1, 0]}),
    "stablelm": Entry("stablelm", {"partial_rotary_factor": 0.5}),
    "starcoder2": Entry("starcoder2", {"sliding_window": 6}),
    "vaultgemma": Entry("vaultgemma", {**WINDOWS, "query_pre_attn_scalar": 8}),
    "xglm": Entry("xglm", {"d_model": 32, "ffn_dim": 48, "attention_heads": 4, "num_layers": 2}),
}  # fmt: skip

EXPERTS = {
    "afmoe": Entry("afmoe", {**MOE, **WINDOWS, "num_dense_layers": 1}),
    "aria_text": Entry("aria_text", {**MOE, "moe_num_experts": 4, "moe_topk": 2, "moe_num_shared_experts": 1}),
    "cohere2_moe": Entry("cohere2_moe", {**MOE, **WINDOWS}),
    "dbrx": Entry(
        "dbrx",
        {"d_model": 32, "n_heads": 4, "n_layers": 2, "max_seq_len": 128,
         "attn_config": {"kv_n_heads": 2, "rope_theta": 10000.0, "clip_qkv": 8.0},
         "ffn_config": {"ffn_hidden_size": 16, "moe_num_experts": 4, "moe_top_k": 2, "hidden_size": 32}},
    ),
    "deepseek_v2, latent attention": Entry("deepseek_v2", {**MOE, **MLA}),
    "deepseek_v3, latent attention": Entry("deepseek_v3", {**MOE, **MLA}),
    "deepseek_v32, indexed attention": Entry(
        "deepseek_v32", {**MOE, **MLA, "index_n_heads": 2, "index_head_dim": 8, "index_topk": 8}
    ),
    "dots1": Entry("dots1", {**MOE, "n_shared_experts": 1}),
    "ernie4_5_moe": Entry("ernie4_5_moe", {**MOE, "moe_num_experts": 4, "moe_k": 2}),
    "exaone_moe": Entry("exaone_moe", {**MOE, **WINDOWS}),
    "flex_olmo": Entry("flex_olmo", MOE),
    "glm4_moe": Entry("glm4_moe", MOE),
    "glm4_moe_lite": Entry("glm4_moe_lite", {**MOE, **MLA}),
    "gpt_oss, sinks": Entry("gpt_oss", {**MOE, **WINDOWS}),
    "granitemoe": Entry("granitemoe", MOE),
    "hunyuan_v1_moe": Entry("hunyuan_v1_moe", MOE),
    "jetmoe": Entry("jetmoe", {**MOE, "kv_channels": 8}),
    "llama4, chunks": Entry(
        "llama4_text",
        {**MOE, "attention_chunk_size": 8, "intermediate_size_mlp": 48, "interleave_moe_layer_step": 2,
         "layer_types": ["chunked_attention", "full_attention"], "no_rope_layers": [1, 0]},
    ),
    "longcat_flash": Entry(
        "longcat_flash",
        {**MOE, **MLA, "num_layers": 2, "ffn_hidden_size": 48, "expert_ffn_hidden_size": 16, "zero_expert_num": 1,
         "moe_topk": 2},
    ),
    "mimo_v2_flash": Entry("mimo_v2_flash", {**MOE, **WINDOWS}),
    "minimax_m2": Entry("minimax_m2", MOE),
    "mixtral": Entry("mixtral", MOE),
    "olmoe": Entry("olmoe", MOE),
    "phimoe": Entry("phimoe", MOE),
    "qwen2_moe": Entry("qwen2_moe", MOE),
    "qwen3_moe": Entry("qwen3_moe", MOE),
    "solar_open": Entry("solar_open", MOE),
}  # fmt: skip

RECURRENT = {
    "bamba": Entry("bamba", {**SSM, "attn_layer_indices": [1]}),
    "falcon_h1": Entry("falcon_h1", {**SSM, "mamba_d_ssm": 64}),
    "falcon_mamba": Entry("falcon_mamba", {"state_size": 8, "time_step_rank": 4}),
    "granitemoehybrid": Entry(
        "granitemoehybrid",
        {**SSM, **MOE, "layer_types": ["linear_attention", "full_attention"], "shared_intermediate_size": 16},
    ),
    "jamba": Entry(
        "jamba",
        {**SSM, **MOE, "attn_layer_period": 2, "attn_layer_offset": 1, "expert_layer_period": 2,
         "expert_layer_offset": 1, "use_mamba_kernels": False},
    ),
    "kimi_linear": Entry("kimi_linear", {**MOE, **MLA, **LINEAR, "linear_head_dim": 8, "linear_num_heads": 4}),
    "lfm2, short convolutions": Entry("lfm2", {"layer_types": ["conv", "full_attention"], "conv_L_cache": 3}),
    "mamba": Entry("mamba", {"state_size": 8, "time_step_rank": 4}),
    "mamba2": Entry("mamba2", {"state_size": 8, "num_heads": 4, "head_dim": 16, "n_groups": 1, "chunk_size": 8}),
    "minimax, lightning": Entry(
        "minimax", {**MOE, "layer_types": ["linear_attention", "full_attention"], "block_size": 8}
    ),
    "nemotron_h": Entry(
        "nemotron_h",
        {**MOE, "layer_types": ["linear_attention", "full_attention"], "ssm_state_size": 8, "mamba_num_heads": 4,
         "mamba_head_dim": 16, "n_groups": 1, "chunk_size": 8},
    ),
    "olmo_hybrid": Entry("olmo_hybrid", LINEAR),
    "qwen3_5": Entry("qwen3_5_text", LINEAR),
    "qwen3_next": Entry("qwen3_next", {**LINEAR, **MOE}),
    "recurrent_gemma": Entry(
        "recurrent_gemma", {"lru_width": 32, "attention_window_size": 6, "block_types": ["recurrent", "attention"]}
    ),
    "rwkv": Entry("rwkv", {"attention_hidden_size": 32}),
    "xlstm": Entry("xlstm", {"num_heads": 4, "num_blocks": 2}),
    "zamba2": Entry("zamba2", {**SSM, "layers_block_type": ["linear_attention", "hybrid"]}),
}  # fmt: skip

TOWER = {
    "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 8,
    "patch_size": 4,
}  # fmt: skip
SEEING = {
    "gemma3, vision tower": Entry(
        "gemma3",
        {"text_config": {**SHARED, **WINDOWS, "query_pre_attn_scalar": 8}, "vision_config": TOWER,
         "mm_tokens_per_image": 4},
        leave=tuple(SHARED),
    ),
}  # fmt: skip
"""Trained on text: the tower is frozen."""

ENTRIES = {**DENSE, **EXPERTS, **RECURRENT, **SEEING}
