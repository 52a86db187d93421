"""Tools that a policy calls: how they are made, how calls are read and checked, and the environment around both.

The door for authors: `tool` makes a tool of a function, `ToolEnv` puts tools around an environment of one turn.
"""

from envs.tools.env import ToolEnv
from envs.tools.tool import Tool, ToolError, tool

__all__ = ["Tool", "ToolEnv", "ToolError", "tool"]
