"""A small server in OpenEnv's form on loopback, over a real WebSocket, that does on request what a server must not."""

import json
import threading
import time
from http import HTTPStatus

from websockets.sync.server import serve

SCHEMA = {"type": "object", "properties": {"message": {"type": "string"}, "metadata": {}}, "required": ["message"]}


class OpenEnvServer:
    """Wants its reset's word said: half a point for each step that says it, over with `stop` or after four steps.

    Args:
        schema: Of an action.
        words: How many different words its resets show.
        full: How many sessions it turns away first.
        key: The bearer token it wants.
        first: What a reset's `data` is, in place of the word; gets the number of resets so far.
    """

    def __init__(self, schema=SCHEMA, words=50, full=0, key="", first=None):
        self.schema, self.words, self.full, self.key, self.first = schema, words, full, key, first
        self.resets, self.steps, self.said, self.sessions = [], [], 0, 0
        self.hung = threading.Event()

    def __enter__(self):
        self._server = serve(self._session, "127.0.0.1", 0, process_request=self._page, max_size=None)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.socket.getsockname()[1]}"
        return self

    def __exit__(self, *_):
        self.hung.set()
        self._server.shutdown()
        self._thread.join()

    def _page(self, connection, request):
        if self.key and request.headers.get("Authorization") != f"Bearer {self.key}":
            return connection.respond(HTTPStatus.UNAUTHORIZED, "no")
        if request.path == "/schema":
            return connection.respond(HTTPStatus.OK, json.dumps({"action": self.schema}))
        return None if request.path == "/ws" else connection.respond(HTTPStatus.NOT_FOUND, "")

    def _session(self, websocket):
        self.sessions += 1
        if self.full > 0:
            self.full -= 1
            websocket.send(error("CAPACITY_REACHED", "at capacity"))
            return
        word, count = "", 0
        for raw in websocket:
            message = json.loads(raw)
            if message["type"] == "close":
                return
            if message["type"] == "reset":
                seed, count = message["data"]["seed"], 0
                self.resets.append(message["data"])
                word = f"w{seed % self.words}"
                websocket.send(self.first(len(self.resets)) if self.first else observation(f"Say {word}", None, False))
                continue
            count += 1
            self.steps.append(message["data"])
            said = message["data"].get("message", message["data"])
            if not self._misbehaved(websocket, said):
                websocket.send(observation(f"{count}: {said}", 0.5 * (said == word), said == "stop" or count == 4))

    def _misbehaved(self, websocket, said):
        said = said if isinstance(said, str) else ""
        if said.startswith("raw:"):
            websocket.send(said[4:])
        elif said == "hang":
            self.hung.wait()
        elif said == "hang up":
            websocket.close()
        elif said == "bytes":
            websocket.send(b"\xff")
        elif said == "flood":
            websocket.send("x" * (5 * 2**20))
        elif said == "drip":
            websocket.send(iter(self._drops()))
        elif said == "count":
            self.said += 1
            websocket.send(observation(f"number {self.said}", 0.0, False))
        else:
            return False
        return True

    def _drops(self):
        while not self.hung.is_set():
            yield "x"
            time.sleep(0.02)


def observation(text, reward, done):
    return json.dumps({"type": "observation", "data": {"observation": {"text": text}, "reward": reward, "done": done}})


def error(code, message, **more):
    return json.dumps({"type": "error", "data": {"code": code, "message": message, **more}})
