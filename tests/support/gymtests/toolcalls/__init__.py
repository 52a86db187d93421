"""Turns with calls of tools: well-formed ones, hostile ones, and what vLLM's parsers read of them."""
