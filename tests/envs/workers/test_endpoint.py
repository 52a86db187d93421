"""The HTTP client, against a server that does on a bare socket what no well-behaved one does."""

import asyncio
import email.utils
import gzip
import json
import math
import re
import socket
import threading
import time
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs import UsageError
from envs.workers.endpoint import Endpoint, EndpointDown, NoReply, Refused, is_address, patiently

CHAT = [{"role": "user", "content": "hi \ud800"}]


def reply(body, status="200 OK", *headers):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def said(content, **more):
    return json.dumps({"choices": [{"message": {"content": content}, "finish_reason": "stop"}], **more}).encode()


def whole_request(connection):
    """Returns all of one request: a socket closed on bytes that nobody read resets what the other side was sent."""
    request = b""
    while block := connection.recv(65_536):
        request += block
        head, end, body = request.partition(b"\r\n\r\n")
        if end and len(body) >= int((re.findall(rb"(?i)content-length: (\d+)", head) or [0])[0]):
            break
    return request


@contextmanager
def server(*scripts, drip=b""):
    """Answers each connection with the next script's bytes and then drips; yields an endpoint and what it was sent."""
    requests, stopping = [], threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        for script in scripts:
            try:
                connection, _ = listener.accept()
            except OSError:
                return  # nobody asked
            with connection:
                requests.append(whole_request(connection))
                try:
                    connection.sendall(script)
                    while drip and not stopping.wait(0.02):
                        connection.sendall(drip)
                except OSError:
                    pass  # the other side gave up, as it should

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield Endpoint(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", "m"), requests
    finally:
        stopping.set()
        listener.shutdown(socket.SHUT_RDWR)  # wakes whoever waits in accept
        thread.join()
        listener.close()


def ask(endpoint, seconds=30.0):
    return endpoint.chat(CHAT, time.monotonic() + seconds, max_tokens=3)


def test_a_reply_is_read(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", " planted\n")  # as `export KEY=$(cat file)` may leave it
    with server(reply(said("yes", usage={"completion_tokens": 2, "total_tokens": 9}))) as (endpoint, requests):
        found = ask(endpoint)
    assert (found.text, found.finish_reason, found.completion_tokens, found.total_tokens) == ("yes", "stop", 2, 9)
    assert b"Bearer planted\r\n" in requests[0]


def test_a_notebooks_own_loop_is_not_in_the_way():
    async def cell():
        return ask(endpoint)

    with server(reply(said("yes"))) as (endpoint, _):
        assert asyncio.run(cell()).text == "yes"


@pytest.mark.parametrize(
    "packed", [gzip.compress(said("yes"), mtime=0), gzip.compress(b" " * 10_000_000 + said("yes"), mtime=0)]
)
def test_what_was_not_asked_for_packed_is_not_unpacked(packed):
    with server(reply(packed, "200 OK", "Content-Encoding: gzip")) as (endpoint, requests):
        with pytest.raises(NoReply, match="not a JSON object"):
            ask(endpoint)
    assert b"accept-encoding: identity\r\n" in requests[0].lower()


@pytest.mark.parametrize(
    ("start", "drip"),
    [(b"", b"H"), (b"HTTP/1.1 200 OK\r\n", b"a"), (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
     (b"HTTP/1.1 200 OK\r\n\r\n", b" "), (b"HTTP/1.1 500 Oh\r\n\r\n", b" "),
     (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n")],
)  # fmt: skip
def test_whatever_drips_is_given_up_at_the_deadline(start, drip):
    with server(start, drip=drip) as (endpoint, _), pytest.raises(NoReply):
        ask(endpoint, 0.3)  # without an end of its own the test would run into its timeout


def test_no_time_is_no_request():
    with server(reply(said("yes"))) as (endpoint, requests):
        with pytest.raises(NoReply, match="timed out"):
            ask(endpoint, 0.0)
        assert not requests


def test_a_reply_has_a_longest_size():
    with server(reply(said("x" * 1_000_001))) as (endpoint, _), pytest.raises(NoReply, match="longer than 1,000,000"):
        ask(endpoint)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"[" * 100_000, b"{}", said(7), said(["x"]), said("x", usage=7),
     said("x", usage={"total_tokens": -5}), said("x", usage={"total_tokens": True}), b"\xff\xfe", b'{"choices": [[]]}'],
)  # fmt: skip
def test_nonsense_may_pass(body):
    with server(reply(body)) as (endpoint, _), pytest.raises(NoReply, match="127.0.0.1"):
        ask(endpoint)


@pytest.mark.parametrize("code", [408, 409, 425, 429, 500, 502, 503, 529, 599])
def test_what_another_try_may_change_is_told_from(code):
    with server(reply(b"busy\nhere", f"{code} X", "Retry-After: 7")) as (endpoint, _):
        with pytest.raises(NoReply, match=f"HTTP {code} busy here") as found:
            ask(endpoint)
    assert found.value.pause_s == 7.0


@pytest.mark.parametrize("code", [400, 401, 402, 403, 404, 405, 410, 413, 418, 422, 451])
def test_what_no_try_will_change(monkeypatch, code):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with server(reply(b"the context is full", f"{code} X")) as (endpoint, _):
        with pytest.raises(Refused, match=f"HTTP {code} the context") as found:
            ask(endpoint)
    assert found.value.said == "the context is full"
    assert ("OPENAI_API_KEY is not set" in str(found.value)) == (code in (401, 403))


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_key_follows_no_redirect(monkeypatch, code):
    monkeypatch.setenv("OPENAI_API_KEY", "planted")
    with server(reply(said("stolen"))) as (thief, taken):
        with server(reply(b"", f"{code} Moved", f"Location: {thief.url}")) as (endpoint, _):
            with pytest.raises(Refused, match="give the address itself"):
                ask(endpoint)
        assert not taken
        ask(thief)


def test_a_key_that_no_header_can_carry_is_not_shown(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sec\nret")
    with pytest.raises(Refused, match="OPENAI_API_KEY") as found:
        ask(Endpoint("http://127.0.0.1:9/v1", "m"))
    assert "ret" not in str(found.value).replace("characters that no header", "")


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [("3", 3, 3), ("9" * 400, 10**8, 10**9), ("\xb2", 0, 0), ("-1", 0, 0), ("1e9", 0, 0), ("soon", 0, 0), ("", 0, 0),
     pytest.param(email.utils.formatdate(time.time() + 10**6), 10**5, 10**6, id="a date to come"),
     (email.utils.formatdate(0), 0, 0),
     ("Fri, 99 Foo 99999 99:99:99 GMT", 0, 0)],
)  # fmt: skip
def test_how_long_to_wait_is_read_or_ignored(header, least, most):
    with server(reply(b"", "429 X", f"Retry-After: {header}")) as (endpoint, _):
        with pytest.raises(NoReply) as found:
            ask(endpoint)
    assert least <= found.value.pause_s <= most


@given(st.lists(st.floats(0, 1e9), max_size=8), st.integers(1, 9))
def test_patience_has_an_end(pauses, tries):
    slept, asked = [], iter(pauses)

    def attempt():
        for pause in asked:
            raise NoReply("busy", pause)
        return "done"

    if len(pauses) < tries:
        assert patiently(attempt, tries, sleep=slept.append) == "done"
    else:
        with pytest.raises(EndpointDown, match=f"failed {tries} times: busy"):
            patiently(attempt, tries, sleep=slept.append)
    assert len(slept) == min(len(pauses), tries - 1) and all(0 < pause <= 60 for pause in slept)
    assert all(s == p for s, p in zip(slept, pauses, strict=False) if 0 < p <= 60)


def test_patience_begins_nothing_that_the_deadline_forbids():
    slept = []

    def attempt():
        raise NoReply("busy", 50.0)

    with pytest.raises(EndpointDown, match="no time is left for try 2 of 9: busy"):
        patiently(attempt, 9, time.monotonic() + 40, slept.append)
    assert slept == []
    with pytest.raises(EndpointDown, match="failed 3 times"):
        patiently(attempt, 3, math.inf, slept.append)
    assert slept == [50.0, 50.0]


def test_pauses_grow_and_part_those_who_were_turned_away_together():
    def attempt():
        raise NoReply("busy")

    rounds = []
    for _ in range(2):
        slept = []
        with pytest.raises(EndpointDown):
            patiently(attempt, 12, sleep=slept.append)
        assert all(0.25 * 2**n <= pause <= 0.5 * 2**n for n, pause in enumerate(slept[:7])) and max(slept) == 60
        rounds.append(slept)
    assert rounds[0] != rounds[1]


@pytest.mark.parametrize(
    "url",
    ["", "127.0.0.1", "ftp://x/v1", "http://", "http:///v1", "http://x:port/v1", "http://x:99999", "http://x:0",
     "http://a b/v1", "http://x/v1?a=b", "http://user:key@x/v1", "http://x/\n", "http://[::1/v1", "http://\u00fc/v1"],
)  # fmt: skip
def test_what_is_no_address_is_said_before_anything_is_sent(url):
    assert not is_address(url)
    with pytest.raises(UsageError, match="http://HOST:PORT/v1"):
        Endpoint(url, "m")


@pytest.mark.parametrize("url", ["http://x", "https://x.y/v1/", "http://127.0.0.1:8000/v1", "http://[::1]:8000/v1"])
def test_what_is_an_address(url):
    assert is_address(url)
