"""The policy: a model, its tokenizer, its chat, its adapter; and the policy that ships. Trains and samples nothing."""
