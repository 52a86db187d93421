"""A judge behind a real HTTP server on loopback, which misbehaves as its script says and then grades."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def graded(grade, **changed):
    """Returns an answer that grades every reply alike; `changed` replaces fields of it, None drops one."""

    def answer(question):
        verdict = {"id": question["id"], "grade": grade, "reason": "planted", **changed}
        return json.dumps({key: value for key, value in verdict.items() if value is not None})

    return answer


class JudgeServer:
    """Serves `/v1/chat/completions`.

    `script` holds what the first requests get instead of a grade: a status code, `"slow"`, `"drip"`, `"drop"`, bytes
    (the body) or a function of the question (the message).
    """

    def __init__(self, answer=None, script=()):
        self.answer = answer or graded(7)
        self.script = list(script)
        self.requests = []
        self.stopping = threading.Event()
        outer, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    outer.requests.append(body)
                    planned = outer.script.pop(0) if outer.script else outer.answer
                try:
                    self._misbehave(planned, json.loads(body["messages"][-1]["content"]))
                except OSError:
                    pass  # the other side gave up, as it should

            def _misbehave(self, planned, question):
                if planned == "drop":
                    self.connection.close()
                elif planned == "slow":
                    outer.stopping.wait(30)
                elif planned == "drip":
                    self.send_response(200)
                    self.end_headers()
                    while not outer.stopping.wait(0.02):
                        self.wfile.write(b" ")
                elif isinstance(planned, int):
                    self._send(planned, b"{}")
                elif isinstance(planned, bytes):
                    self._send(200, planned)
                else:
                    message = {"choices": [{"message": {"content": planned(question)}}], "usage": {"total_tokens": 50}}
                    self._send(200, json.dumps(message).encode())

            def _send(self, code, data):
                self.send_response(code)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def seconds(work):
    """Returns what `work` returns and how long it took."""
    started = time.monotonic()
    return work(), time.monotonic() - started
