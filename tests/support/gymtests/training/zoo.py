"""Small models of several families with random weights: what a forward path must be exact for."""

import torch
import transformers

SMALL = {
    "vocab_size": 211, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 16, "max_position_embeddings": 128,
}  # fmt: skip
LAYERS = {"layer_types": ["sliding_attention", "full_attention"], "sliding_window": 6}
GPT = {"vocab_size": 211, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}

FAMILIES = {
    "llama": lambda: transformers.LlamaConfig(**SMALL, attention_bias=True),
    "qwen3, tied": lambda: transformers.Qwen3Config(**SMALL, tie_word_embeddings=True),
    "mistral, every layer with a window": lambda: transformers.MistralConfig(**SMALL, sliding_window=5),
    "gemma3, windows and capped logits": lambda: transformers.Gemma3TextConfig(
        **SMALL, **LAYERS, final_logit_softcapping=4.0, query_pre_attn_scalar=16
    ),
    "gemma2, capped attention": lambda: transformers.Gemma2Config(
        **SMALL, **LAYERS, final_logit_softcapping=4.0, attn_logit_softcapping=2.0, query_pre_attn_scalar=16
    ),
    "gpt-neox": lambda: transformers.GPTNeoXConfig(**GPT, max_position_embeddings=128),
    "cohere, scaled logits": lambda: transformers.CohereConfig(
        **{k: v for k, v in SMALL.items() if k != "head_dim"},
        logit_scale=0.3,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    ),  # fmt: skip
}
SELDOM = {
    "mamba": lambda: transformers.MambaConfig(vocab_size=211, hidden_size=32, num_hidden_layers=1),
    "bloom": lambda: transformers.BloomConfig(vocab_size=211, hidden_size=32, n_layer=1, n_head=4),
}


def build(family, dtype=torch.float32):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    config = {**FAMILIES, **SELDOM}[family]()
    capped = getattr(config, "attn_logit_softcapping", None)
    kind = transformers.AutoModelForCausalLM
    model = kind.from_config(config, attn_implementation="eager" if capped else None)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))  # biases and norms too
    return model.to(dtype).eval()
