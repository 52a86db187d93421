"""Headless Chromium from the system's packages, driven over the DevTools protocol (`pip install websockets`)."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
import urllib.request
from itertools import count
from pathlib import Path
from typing import Any

READY = "document.body !== null && 'readyMs' in document.body.dataset"


def find_chromium() -> str | None:
    """Returns the path of a Chromium, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


class Browser:
    """One page of a headless Chromium, whose every request and every logged error is kept.

    Args:
        profile: Empty folder for the browser's profile.

    Attributes:
        requests: URLs the page asked for, since the start.
        errors: What it logged or threw.
    """

    def __init__(self, profile: Path):
        from websockets.sync.client import connect

        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0"]
        command = [str(find_chromium()), *flags, "--window-size=1400,1000", f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._numbers = count(1)
        self.requests: list[str] = []
        self.errors: list[str] = []
        try:
            self._socket = connect(self._page_socket(profile / "DevToolsActivePort"), max_size=2**28)
        except BaseException:
            self._process.kill()
            raise
        for domain in ("Network", "Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.wait()

    @staticmethod
    def _page_socket(port_file: Path) -> str:
        deadline = time.monotonic() + 60
        while not port_file.is_file() or not port_file.read_text():
            if time.monotonic() > deadline:
                raise RuntimeError("Chromium did not start")
            time.sleep(0.05)
        port = port_file.read_text().splitlines()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as reply:
            return next(tab["webSocketDebuggerUrl"] for tab in json.load(reply) if tab["type"] == "page")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Calls a method of the protocol and returns its result."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (message := json.loads(self._socket.recv(timeout=60))).get("id") != number:
            self._note(message)
        return message.get("result", {})

    def _note(self, event: dict[str, Any]) -> None:
        if event.get("method") == "Network.requestWillBeSent":
            self.requests.append(event["params"]["request"]["url"])
        elif event.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
            self.errors.append(json.dumps(event["params"]))

    def evaluate(self, expression: str) -> Any:
        """Returns the value of a JavaScript expression, which may be a promise."""
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(json.dumps(result["exceptionDetails"]))
        return result["result"].get("value")

    def wait_for(self, expression: str, seconds: float = 60.0) -> None:
        """Waits until an expression holds.

        Raises:
            TimeoutError: It does not.
        """
        deadline = time.monotonic() + seconds
        while not self.evaluate(expression):
            if time.monotonic() > deadline:
                raise TimeoutError(expression)
            time.sleep(0.01)

    def open(self, url: str) -> float:
        """Opens a report from nothing and waits until its rollouts are there; returns the seconds it took."""
        self.call("Page.navigate", url="about:blank")
        self.wait_for("location.href === 'about:blank'")
        self.requests.clear()
        started = time.perf_counter()
        self.call("Page.navigate", url=url)
        self.wait_for(READY)
        return time.perf_counter() - started

    def screenshot(self, file: Path) -> Path:
        """Writes what is to be seen as PNG."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))
        return file
