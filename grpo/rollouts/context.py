"""What fits the context of an engine: a prompt with its first turn, an episode with all of them."""

from __future__ import annotations

from envs.core.errors import UsageError


def check_fits(prompt_tokens: int, max_tokens: int, context: int, task_id: str) -> None:
    """Refuses a prompt whose completion would not fit the context.

    Raises:
        UsageError: With the numbers, and the flag that helps.
    """
    if prompt_tokens + max_tokens > context:
        raise UsageError(
            f"the prompt of task {task_id} has {prompt_tokens} tokens and with --max-tokens {max_tokens} does not fit "
            f"the context of {context}: lower --max-tokens or --shots, or take a policy with a longer context"
        )


def context_for(longest_prompt: int, max_tokens: int, max_turns: int) -> int:
    """Returns the context that an episode is given, in tokens.

    What the environment says between two turns is allowed as much room as the longest prompt; an episode that needs
    more is cut off.
    """
    return max_turns * (longest_prompt + max_tokens)
