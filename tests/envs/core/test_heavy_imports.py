"""Importing the heavy libraries: what is set for them, and left as it was found."""

import gc
import os
import subprocess
import sys

import pytest

from envs.core.extras import heavy_imports


@pytest.mark.parametrize("collected", [True, False])
def test_garbage_is_collected_again_afterwards_if_it_was_before(collected, monkeypatch):
    monkeypatch.setenv("OMP_WAIT_POLICY", "passive")
    was = gc.isenabled()
    try:
        (gc.enable if collected else gc.disable)()
        with pytest.raises(ImportError), heavy_imports():
            assert not gc.isenabled()
            raise ImportError
        assert gc.isenabled() is collected
    finally:
        (gc.enable if was else gc.disable)()
        gc.unfreeze()


@pytest.mark.parametrize("chosen", [{}, {"OMP_WAIT_POLICY": "active"}, {"GOMP_SPINCOUNT": "77"}])
def test_what_the_user_has_said_of_openmp_stays(chosen, monkeypatch):
    for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    with heavy_imports():
        found = {name: os.environ[name] for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT") if name in os.environ}
    gc.unfreeze()
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    assert found == (chosen or {"GOMP_SPINCOUNT": "5000"})


def test_a_process_that_imported_everything_ends_without_a_word():
    """Objects that no collection may touch count as leaked where a library looks for leaks at exit."""
    program = "from envs.core.extras import heavy_imports\nwith heavy_imports(): import grpo.session"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True)
    assert "leaked" not in done.stderr
