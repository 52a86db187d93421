"""The math judge: whether a completion's final answer is the gold as a mathematical value.

From text to verdict: `reading` finds the answer, `grammar` parses it, `values` are what it can be, `equality` decides
two of them, `comparing` two answers. No task lives here, and nothing evaluates text. Importing it imports no sympy.
"""
