"""The part of the Hugging Face hub's HTTP API that huggingface_hub 1 and 2 call to push and to fetch a model.

Whoever talks to it sets HF_ENDPOINT, HF_HUB_DISABLE_XET=1 (without it files go to a store that speaks no plain HTTP)
and a token, all of which the library reads when it is imported: in a process of its own.
"""

import base64
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

TOKEN = "hf_madeUpForTheStandIn"
LFS = (".safetensors", ".pt", ".bin")


class Repo:
    """Commits by branch, oldest first; each is its id, its message and all its files."""

    def __init__(self, private):
        self.private = private
        self.branches = {"main": [("0" * 40, "initial commit", {".gitattributes": b""})]}

    def commit(self, branch, message, files):
        before = self.branches[branch]
        oid = hashlib.sha1(f"{branch} {len(before)} {sorted(files)}".encode()).hexdigest()
        before.append((oid, message, files))
        return oid

    def at(self, revision):
        """The id and files of a branch or commit; None where there is none."""
        for name, commits in self.branches.items():
            for oid, _, files in reversed(commits):
                if revision in (name, oid):
                    return oid, files
        return None


class HubServer:
    """Serves repositories from memory.

    `faults` maps a regular expression on "METHOD path" to what is done instead of an answer: a status, `hang` until
    the server closes, or `drop` the connection; a list is used up entry by entry.
    """

    def __init__(self, user="ada", orgs=("lab",), role="write"):
        self.user, self.orgs, self.role = user, list(orgs), role
        self.repos = {}
        self.blobs = {}
        self.faults, self.fault_message = {}, ""
        self.asked = []
        self.closing = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def handle_any(self):
                outer.answer(self)

            do_GET = do_HEAD = do_POST = do_PUT = handle_any

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def environment(self, home, token=TOKEN):
        """What a process needs to talk to this hub and to nobody else, its cache in `home`."""
        return {
            "HF_ENDPOINT": self.url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1", "HF_HUB_OFFLINE": "0",
            "HF_TOKEN": token, "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_ETAG_TIMEOUT": "5",
        }  # fmt: skip

    def files(self, repo, revision="main"):
        return self.repos[repo].at(revision)[1]

    def head(self, repo, branch="main"):
        return self.repos[repo].branches[branch][-1][0]

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, request):
        path = unquote(urlsplit(request.path).path)
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        if request.headers.get("Transfer-Encoding") == "chunked":
            body = _chunked(request.rfile)
        line = f"{request.command} {path}"
        self.asked.append(line)
        if (fault := self._fault(line)) is not None:
            if fault == "hang":
                self.closing.wait(100)
            if fault in ("hang", "drop"):
                request.close_connection = True
                return None
            message = self.fault_message or f"planted {request.headers.get('Authorization', '')} \x1b[31m"
            return _reply(request, fault, {"error": message})
        if path.startswith("/lfs/"):
            return self._store(request, path, body)
        known = request.headers.get("Authorization") == f"Bearer {TOKEN}"
        if not known and "Authorization" in request.headers:
            return _reply(request, 401, {"error": "Invalid credentials"})
        for pattern, serve in self._routes():
            if found := re.fullmatch(pattern, line):
                return serve(request, body, known, **found.groupdict())
        return _reply(request, 404, {"error": "no such page"}, {"X-Error-Code": "EntryNotFound"})

    def _fault(self, line):
        for pattern, fault in self.faults.items():
            if re.search(pattern, line):
                if isinstance(fault, list):
                    return fault.pop(0) if fault else None
                return fault
        return None

    def _routes(self):
        repo = r"(?P<repo>[^/]+/[^/]+)"
        return [
            (r"GET /api/whoami-v2", self._whoami),
            (r"POST /api/repos/create", self._create),
            (
                r"POST /api/validate-yaml",
                lambda request, *_, **__: _reply(request, 200, {"warnings": [], "errors": []}),
            ),
            (rf"POST /api/models/{repo}/branch/(?P<branch>.+)", self._branch),
            (rf"POST /api/models/{repo}/preupload/(?P<branch>.+)", self._preupload),
            (rf"POST /{repo}\.git/info/lfs/objects/batch", self._batch),
            (rf"POST /api/models/{repo}/commit/(?P<branch>.+)", self._commit),
            (rf"GET /api/models/{repo}/tree/(?P<revision>.+)", self._tree),
            (rf"GET /api/models/{repo}(?:/revision/(?P<revision>.+))?", self._info),
            (rf"(?:GET|HEAD) /{repo}/resolve/(?P<revision>[^/]+)/(?P<name>.+)", self._resolve),
        ]

    def _whoami(self, request, body, known):
        if not known:
            return _reply(request, 401, {"error": "Invalid credentials"})
        orgs = [{"name": name, "roleInOrg": "write"} for name in self.orgs]
        auth = {"type": "access_token", "accessToken": {"role": self.role}}
        return _reply(request, 200, {"type": "user", "name": self.user, "orgs": orgs, "auth": auth})

    def _create(self, request, body, known):
        wanted = json.loads(body)
        name = f"{wanted['organization']}/{wanted['name']}"
        if not known or wanted["organization"] not in (self.user, *self.orgs):
            return _reply(request, 403, {"error": "you may not create there"})
        if name in self.repos:
            return _reply(request, 409, {"error": "You already created this model repo", "url": f"{self.url}/{name}"})
        self.repos[name] = Repo(wanted.get("visibility") == "private" or wanted.get("private", False))
        return _reply(request, 200, {"url": f"{self.url}/{name}", "name": name})

    def _found(self, request, known, repo, revision="main"):
        kept = self.repos.get(repo)
        if kept is None or (kept.private and not known):
            _reply(request, 404 if known else 401, {"error": "no"}, {"X-Error-Code": "RepoNotFound"})
            return None
        if (found := kept.at(revision)) is None:
            _reply(request, 404, {"error": "no"}, {"X-Error-Code": "RevisionNotFound"})
        return found

    def _branch(self, request, body, known, repo, branch):
        branches = self.repos[repo].branches
        if branch in branches:
            return _reply(request, 409, {"error": "there"})
        branches[branch] = list(branches["main"])
        return _reply(request, 200, {})

    def _preupload(self, request, body, known, repo, branch):
        if (found := self._found(request, known, repo, branch)) is None:
            return None
        files = [
            {
                "path": file["path"], "uploadMode": "lfs" if file["path"].endswith(LFS) else "regular",
                "shouldIgnore": False, "oid": _oid(file["path"], found[1].get(file["path"])),
            }
            for file in json.loads(body)["files"]
        ]  # fmt: skip
        return _reply(request, 200, {"files": files})

    def _batch(self, request, body, known, repo):
        objects = []
        for one in json.loads(body)["objects"]:
            has = one["oid"] in self.blobs
            actions = {"upload": {"href": f"{self.url}/lfs/{one['oid']}", "header": {}}}
            objects.append({**one, **({} if has else {"actions": actions})})
        return _reply(request, 200, {"transfer": "basic", "objects": objects})

    def _store(self, request, path, body):
        oid = path.rpartition("/")[2]
        if hashlib.sha256(body).hexdigest() != oid:
            return _reply(request, 400, {"error": "not what was announced"})
        self.blobs[oid] = body
        return _reply(request, 200, {})

    def _commit(self, request, body, known, repo, branch):
        if not known:
            return _reply(request, 401, {"error": "Invalid credentials"})
        if (found := self._found(request, known, repo, branch)) is None:
            return None
        files, message = dict(found[1]), ""
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "header":
                message = value["summary"]
            elif line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.blobs[value["oid"]]
            else:
                del files[value["path"]]
        oid = self.repos[repo].commit(branch, message, files)
        return _reply(request, 200, {"commitUrl": f"{self.url}/{repo}/commit/{oid}", "commitOid": oid})

    def _info(self, request, body, known, repo, revision=None):
        if (found := self._found(request, known, repo, revision or "main")) is None:
            return None
        oid, files = found
        facts = {"id": repo, "modelId": repo, "sha": oid, "private": self.repos[repo].private, "tags": []}
        return _reply(request, 200, {**facts, "siblings": [{"rfilename": name} for name in sorted(files)]})

    def _tree(self, request, body, known, repo, revision):
        if (found := self._found(request, known, repo, revision)) is None:
            return None
        entries = []
        for name, data in sorted(found[1].items()):
            entry = {"type": "file", "path": name, "size": len(data), "oid": _git_oid(data)}
            if name.endswith(LFS):
                entry["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
            entries.append(entry)
        return _reply(request, 200, entries)

    def _resolve(self, request, body, known, repo, revision, name):
        if (found := self._found(request, known, repo, revision)) is None:
            return None
        oid, files = found
        headers = {"X-Repo-Commit": oid}
        if name not in files:
            return _reply(request, 404, {"error": "no"}, {**headers, "X-Error-Code": "EntryNotFound"})
        return _raw(request, 200, files[name], {**headers, "ETag": f'"{_oid(name, files[name])}"'})


def _oid(name, data):
    if data is None:
        return None
    return hashlib.sha256(data).hexdigest() if name.endswith(LFS) else _git_oid(data)


def _git_oid(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def _chunked(stream):
    parts = []
    while size := int(stream.readline().strip() or b"0", 16):
        parts.append(stream.read(size))
        stream.readline()
    stream.readline()
    return b"".join(parts)


def _reply(request, code, value, headers=None):
    _raw(request, code, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})


def _raw(request, code, data, headers):
    request.send_response(code)
    for name, value in headers.items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(data)))
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(data)
