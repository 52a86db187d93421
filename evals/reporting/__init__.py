"""Results for people: pages, charts, tables, `grpo report` and `grpo runs`. Computes no score."""
