"""What fits the context of an engine: a prompt with its first turn, an episode with all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from envs.core.errors import UsageError

_HELP = "lower --max-tokens, or --shots where there are any, or take a policy with a longer context"


def check_fits(prompt_tokens: int, max_tokens: int, context: int, task_id: str) -> None:
    """Refuses a prompt whose completion would not fit the context.

    Raises:
        UsageError: With the numbers, and the flag that helps.
    """
    if prompt_tokens + max_tokens > context:
        raise UsageError(
            f"the prompt of task {task_id} has {prompt_tokens} tokens and with --max-tokens {max_tokens} does not fit "
            f"the context of {context}: {_HELP}"
        )


def context_for(longest_prompt: int, max_tokens: int, max_turns: int) -> int:
    """Returns the context that an episode is given, in tokens.

    What the environment says between two turns is allowed as much room as the longest prompt; an episode that needs
    more is cut off.
    """
    return max_turns * (longest_prompt + max_tokens)


@dataclass(frozen=True, slots=True)
class Room:
    """What a context leaves for prompts.

    Attributes:
        context: Tokens of the policy's longest context.
        max_tokens: Tokens of a completion beside the prompt.
        wanted: Longest prompt that was asked for; 0 for whatever fits.
    """

    context: int
    max_tokens: int
    wanted: int = 0

    @property
    def limit(self) -> int:
        """Most tokens of a prompt.

        Raises:
            UsageError: There is no room for one, or not for those asked for.
        """
        room = self.context - self.max_tokens
        if room < 1:
            raise UsageError(
                f"--max-tokens {self.max_tokens} leaves no room for a prompt: it does not fit the context of "
                f"{self.context} with one; lower --max-tokens"
            )
        if self.wanted > room:
            raise UsageError(
                f"--max-prompt-tokens {self.wanted} with --max-tokens {self.max_tokens} does not fit the context of "
                f"{self.context}: take at most {room}"
            )
        return self.wanted or room

    def said(self, left_out: int, of: int, where: str) -> str:
        """Returns one line on tasks that were left out."""
        why = (
            f"--max-prompt-tokens {self.wanted}"
            if self.wanted
            else f"what the context of {self.context} leaves beside --max-tokens {self.max_tokens}"
        )
        return (
            f"{where}: {left_out} of {of} tasks are left out: their prompts have more than {self.limit} tokens, {why}"
        )

    def check_some_fit(self, lengths: Sequence[int]) -> None:
        """Refuses prompts of which none fits.

        Raises:
            UsageError: With the numbers, and the flags that help.
        """
        shortest = min(lengths, default=0)
        if shortest <= self.limit:
            return
        if self.wanted:
            raise UsageError(
                f"no prompt has at most --max-prompt-tokens {self.wanted} tokens: the shortest of {len(lengths)} has "
                f"{shortest}; raise it"
            )
        raise UsageError(
            f"no prompt fits: the shortest of {len(lengths)} has {shortest} tokens and with --max-tokens "
            f"{self.max_tokens} does not fit the context of {self.context}: {_HELP}"
        )
