"""Other writings of a right answer that mean the same and keep to what the task asks for."""

from __future__ import annotations

from collections.abc import Mapping

from envs.authoring.auditing.attacks.crafted.texts import asks_for_case, asks_for_nothing_else
from envs.authoring.auditing.attacks.forms import Form, Kind

_LITERALS = ("True", "False", "None")
_SHORTEST_NAME = 4  # Lima is a name however it is written; Se is a symbol


def reformattings(form: Form, solution: str, prompt: str = "") -> Mapping[str, str]:
    """Returns at least five other writings of a solution, by name; no other case where that may be what is asked."""
    common = {
        "trailing newline": solution + "\n",
        "trailing blank lines": solution + "\n\n",
        "trailing spaces": solution + "  ",
        "leading newline": "\n" + solution,
        "Windows line end": solution + "\r\n",
    }
    if form.kind is Kind.CODE:
        return {**common, **_code(form)}
    if form.marked and form.kind is not Kind.LABEL:
        return {**common, **_marked(form, solution, prompt)}
    return common


def _marked(form: Form, solution: str, prompt: str) -> dict[str, str]:
    alone = asks_for_nothing_else(prompt)
    found = {"spaces inside": form.give(f" {form.answer} ")}
    if not alone:
        found["a sentence before"] = f"Let me work this out.\n\n{solution}"
    if form.kind is not Kind.HASHES and not alone:
        found["a sentence after"] = f"{solution}\n\nThat is my answer."
        found["bold"] = f"{form.before}**{form.wrap(form.answer)}**{form.after}"
    if form.kind is Kind.TAG:
        found["newlines inside"] = form.give(f"\n{form.answer}\n")
    if form.kind is Kind.BOX:
        box = form.wrap(form.answer)
        for name, text in (
            ("in dollars", f"${box}$"),
            ("in double dollars", f"$${box}$$"),
            ("in display brackets", f"\\[ {box} \\]"),
            ("in parentheses", f"\\( {box} \\)"),
            ("full stop", f"{box}."),
        ):
            found[name] = f"{form.before}{text}{form.after}"
    answer = form.answer
    name = len(answer) >= _SHORTEST_NAME and answer.isalpha() and answer[0].isupper() and answer[1:].islower()
    if name and answer not in _LITERALS and not asks_for_case(prompt, answer):
        found["lower case"] = form.give(form.answer.lower())
        found["upper case"] = form.give(form.answer.upper())
    return found


def _code(form: Form) -> dict[str, str]:
    code = form.answer if form.answer.endswith("\n") else form.answer + "\n"
    return {
        "fence without language": f"```\n{code}```",
        "fence of py": f"```py\n{code}```",
        "fence of Python": f"```Python\n{code}```",
        "fence of tildes": f"~~~python\n{code}~~~",
        "a sentence before": f"Here is the function:\n\n```python\n{code}```",
        "a sentence after": f"```python\n{code}```\n\nThis does what is asked.",
        "a comment on top": f"```python\n# my solution\n{code}```",
        "a shell block after": f"```python\n{code}```\n\nRun it with\n\n```sh\npython solution.py\n```",
    }
