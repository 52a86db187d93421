"""Entry point of a fork server: `python -I -S -B .../guest/__main__.py CONTROL_FD`.

The package is loaded under a private name without running `envs`, so that the server stays small.
"""

import os
import sys
import types


def _package() -> None:
    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    package = types.ModuleType("_grpo_sandbox")
    package.__path__ = [folder]
    sys.modules["_grpo_sandbox"] = package


if __name__ == "__main__":
    _package()
    from _grpo_sandbox.guest.boot import main  # type: ignore

    main(int(sys.argv[1]))
