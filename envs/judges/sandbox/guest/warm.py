"""Does once in the server what every child would do first: a page that is written before the fork is shared after it.

Guest code. The parser makes its classes at its first call, and the interpreter rewrites functions as they warm up.
"""

import ast
import types

from ..crossing.live import LiveEncoder, LiveReader
from ..crossing.values import PlainEncoder
from .work.asserts.counting import Ledger, Rewriting
from .work.objects import proxies

TEXT = """
import math
def check(candidate):
    for case in ([1, 2], [3.0, 'x']):
        assert candidate(*case) == {'a': (1, None)}, f'{case}'
        if not abs(candidate(case) - 1.0) < 1e-6: raise AssertionError
try: check(len)
except (TypeError, ValueError) as error: pass
"""
VALUES = [[1, 2.5, "text", None, True, b"x", (1, 2), {"a": {1, 2}}, [[], {}]], {"k": -1}, 10**30]
ROUNDS = 12


def up():
    """Does it, a number of times."""
    ledger = Ledger(lambda _: set())
    for _ in range(ROUNDS):
        for node in ast.parse(TEXT).body:
            written = Rewriting().visit(node)
            code = compile(ast.Module(written if isinstance(written, list) else [written], []), "<warm>", "exec")
        exec(code, {**ledger.hooks(), "check": id})  # the last statement alone, which calls nothing of the text
        LiveReader(LiveEncoder().encode(VALUES)).decode()
        PlainEncoder().encode(VALUES)
        proxies.remote_class(None, 1, "function", [], ["__call__", "__repr__", "__get__"], None, False)
        types.ModuleType("warm")
