"""A chat endpoint on loopback that misbehaves as its script says, then answers."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ChatServer:
    """Serves `/v1/models` and `/v1/chat/completions`; `script` holds what the first requests get instead."""

    def __init__(self, script=(), answer=None):
        self.script = list(script)
        self.answer = answer or (lambda body: body["messages"][-1]["content"].removeprefix("say "))
        self.bodies = []
        self.headers = []
        outer = self
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def do_GET(self):
                self._reply(200, {"data": [{"id": "served"}]})

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    outer.bodies.append(body)
                    outer.headers.append(dict(self.headers))
                    fault = outer.script.pop(0) if outer.script else None
                if fault is None:
                    text = outer.answer(body)
                    reply = {"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}
                    self._reply(200, {**reply, "usage": {"completion_tokens": 5}})
                elif isinstance(fault, tuple):
                    self._reply(*fault)
                elif isinstance(fault, int):
                    self._reply(fault, {"error": "planted"}, {"Retry-After": "7"} if fault == 429 else {})
                elif fault == "drop":
                    self.close_connection = True
                    self.connection.close()
                else:
                    self._raw(200, fault if isinstance(fault, bytes) else json.dumps(fault).encode())

            def _reply(self, code, body, headers=None):
                self._raw(code, json.dumps(body).encode(), headers)

            def _raw(self, code, data, headers=None):
                self.send_response(code)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def name(self):
        return f"openai:http://127.0.0.1:{self._server.server_port}/v1#served"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
