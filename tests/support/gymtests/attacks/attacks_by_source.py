# ruff: noqa: E501 - the sources are short programs on one line
"""Source text that is hostile before it runs."""

from gymtests.attacks.attack_form import attacks

ATTACKS: list[tuple[str, str, str]] = []
ATTACKS += attacks(
    "source tricks",
    empty="",
    comment_only="# solve(n) returns n * n + 1\n",
    syntax_error="def solve(n) return n*n+1\n",
    nul_byte="def solve(n): return n*n+1\0\n",
    lone_surrogate="x = '\ud800'\ndef solve(n): return 0\n",
    surrogate_name="\udcff = 1\n",
    bom_and_code="\ufeffdef solve(n): return 0\n",
    coding_line="# -*- coding: rot13 -*-\nqrs fbyir(a): erghea a*a+1\n",
    coding_utf7="# coding: utf-7\ndef solve(n): return 0\n",
    parentheses="x = " + "(" * 10_000 + ")" * 10_000 + "\n",
    brackets="x = " + "[" * 100_000 + "\n",
    minus_signs="x = " + "-" * 200_000 + "1\n",
    nested_blocks="".join(" " * i + "if 1:\n" for i in range(150)) + " " * 150 + "pass\n",
    long_chain="x = " + "+".join(["1"] * 100_000) + "\n",
    attributes="x = a" + ".a" * 200_000 + "\n",
    ten_megabytes="#" + "x" * 10_000_000 + "\ndef solve(n): return 0\n",
    constant_folding="x = " + "*".join(["(2**60)"] * 2_000) + "\ndef solve(n): return 0\n",
    big_constant="x = 'x' * 4000 * 4000 * 4000\ndef solve(n): return 0\n",
    int_literal="x = " + "9" * 100_000 + "\ndef solve(n): return 0\n",
    quotes="'''\nassert True\n'''\nimport os\nos._exit(0)\n",
    redefines_tests="def check(candidate): pass\ndef test_solve(): pass\ndef solve(n): return 0\n",
    closes_the_string="def solve(n): return 0\n\"\"\"\n'''\n",
    main_block="if __name__ == '__main__':\n    import os\n    os._exit(0)\ndef solve(n): return 0\n",
    skips_rest="def solve(n): return 0\nraise SystemExit\n",
    exec_string="exec('import os; os._exit(0)')\n",
    solve_is_none="solve = None\n",
    solve_is_text="solve = 'def solve(n): return n * n + 1'\n",
    module_getattr="def __getattr__(name): return lambda n: True\n",
    star_import="from os import *\n_exit(0)\n",
    future_annotations="from __future__ import braces\n",
    form_feed="\x0c\x0c\x1a\ndef solve(n): return 0\n",
    right_to_left="def solve(n): return 0 #\u202e n*n+1\n",
    line_endings="def solve(n):\r\rreturn 0\r",
)
