"""A web page that a browser has open can have nothing done: one table of requests, sent as bytes."""

import json
import socket
import threading
import urllib.request
from urllib.parse import urlsplit

import pytest
from werkzeug.serving import make_server

from local_aws.front import Front
from local_aws.server import HOST, QuietHandler

pytestmark = pytest.mark.s3

OWN, TARGET = "Host: 127.0.0.1:{port}", "/from-a-page"
SIGNED = (
    "Authorization: AWS4-HMAC-SHA256 Credential=K/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
)
FAULT = json.dumps({"service": "s3", "action": "ListBuckets", "kind": "fail"})
BY = {
    "a program": ([OWN], 200),
    "a program that says localhost": (["Host: LOCALHOST:{port}"], 200),
    "a page of the account": ([OWN, "Origin: http://127.0.0.1:{port}", "Sec-Fetch-Site: same-origin"], 200),
    "its user, who typed the address": ([OWN, "Sec-Fetch-Site: none"], 200),
    "a program behind a proxy that adds": ([OWN, "X-Forwarded-Host: page.example"], 200),
    "Spark, which tells its operation": ([OWN, SIGNED, "Referer: https://audit.example.org/hadoop/1/op_open/"], 200),
    "a page, signed": ([OWN, SIGNED, "Origin: https://page.example"], 403),
    "an image, signed": ([OWN, SIGNED, "Sec-Fetch-Site: cross-site"], 403),
    "a page": ([OWN, "Origin: https://page.example"], 403),
    "a page in a frame, or from a file": ([OWN, "Origin: null"], 403),
    "a page without a name": ([OWN, "Origin:"], 403),
    "two origins": ([OWN, "Origin: http://127.0.0.1:{port}", "Origin: https://page.example"], 403),
    "a page on another port": ([OWN, "Origin: http://localhost:3000", "Sec-Fetch-Site: same-site"], 403),
    "a page on the default port": ([OWN, "Origin: http://127.0.0.1"], 403),
    "a page by TLS on the same port": ([OWN, "Origin: https://127.0.0.1:{port}"], 403),
    "a page whose name begins like ours": ([OWN, "Origin: http://127.0.0.1:{port}.page.example"], 403),
    "an image of a page": ([OWN, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"], 403),
    "a form of a page next door": ([OWN, "Sec-Fetch-Site: same-site"], 403),
    "an image, in an older browser": ([OWN, "Referer: http://page.example/"], 403),
    "a page with our name as its user": ([OWN, "Referer: http://127.0.0.1:{port}@page.example/"], 403),
    "a preflight": ([OWN, "Origin: https://page.example", "Access-Control-Request-Method: PUT"], 403),
    "a name that points here": (["Host: page.example:{port}"], 403),
    "such a name, and an origin that fits": (["Host: page.example:{port}", "Origin: http://page.example:{port}"], 403),
    "such a name, forwarded": (["Host: page.example", "X-Forwarded-Host: 127.0.0.1:{port}"], 403),
    "a name below localhost": (["Host: page.localhost:{port}"], 403),
    "a bucket as a name": (["Host: bucket.s3.localhost:{port}"], 403),
    "a name that begins with localhost": (["Host: localhost.page.example:{port}"], 403),
    "another port": (["Host: 127.0.0.1:1"], 403),
    "no port": (["Host: 127.0.0.1"], 403),
    "all addresses": (["Host: 0.0.0.0:{port}"], 403),
    "IPv6": (["Host: [::1]:{port}"], 403),
    "a user in the name": (["Host: page.example@127.0.0.1:{port}"], 403),
    "two names": ([OWN, "Host: page.example:{port}"], 403),
    "our name twice": ([OWN, OWN], 403),
    "no name": ([], 403),
}
ASKED = {  # what each asks for: method, target, body
    "bucket": ("PUT", TARGET, ""),
    "form": ("POST", TARGET, "key=script.py"),
    "preflight": ("OPTIONS", TARGET, ""),
    "reset": ("POST", "/moto-api/reset", ""),
    "moto's page": ("GET", "/moto-api/", ""),
    "fault": ("POST", "/local-aws/faults", FAULT),
    "calls": ("GET", "/local-aws/calls", ""),
    "smuggled": ("POST", TARGET, "PUT /smuggled HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"),
}


def send(port, headers, method="GET", target="/", body="", version="1.1"):
    """The answer to a request of these bytes: all of it."""
    body = body.replace("{port}", str(port))
    lines = [f"{method} {target} HTTP/{version}", *headers, f"Content-Length: {len(body)}", "", body]
    with socket.create_connection((HOST, port), timeout=30) as connection:
        connection.sendall("\r\n".join(lines).replace("{port}", str(port)).encode())
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def status(answer):
    return int(answer.split()[1])


@pytest.fixture(scope="module")
def recorded():
    """The port of a server with nothing behind the front but a record of what came through."""
    came = []

    def application(environ, start_response):
        came.append(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Length", "0")])
        return []

    server = make_server(HOST, 0, Front(application), threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, came
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("by", BY)
def test_what_a_page_sends_is_refused_before_anything_is_done(recorded, by):
    port, came = recorded
    headers, expected = BY[by]
    for method, target, body in ASKED.values():
        came.clear()
        answer = send(port, headers, method, target, body)
        allowed = expected == 200
        assert (status(answer), bool(came)) == (expected, allowed and not target.startswith("/local-aws/")), target
        assert "access-control-" not in answer.lower()
        assert allowed or "refused: " in answer
    with urllib.request.urlopen(f"http://{HOST}:{port}/local-aws/faults") as left:
        faults = json.load(left)
    send(port, [OWN], "DELETE", "/local-aws/faults")
    assert len(faults) == (1 if allowed else 0)


@pytest.mark.parametrize(
    ("target", "headers", "version", "expected"),
    [
        ("http://127.0.0.1:{port}/", [OWN], "1.1", 200),
        ("http://page.example:{port}/", [OWN], "1.1", 403),
        ("http://127.0.0.1:{port}/", ["Host: page.example:{port}"], "1.1", 403),
        ("http://127.0.0.1:{port}/", [], "1.1", 403),
        ("//page.example/", [OWN], "1.1", 200),  # a path
        ("/", [OWN], "1.0", 200),
        ("/", [], "1.0", 403),
    ],
)
def test_targets_with_a_host_and_requests_without(recorded, target, headers, version, expected):
    assert status(send(recorded[0], headers, target=target, version=version)) == expected


def test_the_account_itself_refuses_and_allows_no_page_to_read(shared, s3):
    port = urlsplit(shared.url).port
    before, buckets = shared.calls(), s3.list_buckets()["Buckets"]
    for method, target, body in ASKED.values():
        for headers in (BY["a page"][0], BY["a name that points here"][0]):
            assert status(send(port, headers, method, target, body)) == 403
    assert (s3.list_buckets()["Buckets"], shared.faults()) == (buckets, [])
    made = [call for call in shared.calls()[len(before) :] if not call["caller"]]
    assert {call["action"] for call in made} == {"ListBuckets"}
    with urllib.request.urlopen(f"{shared.url}/moto-api/data.json") as answer:
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    for origin in ([], ["Origin: http://127.0.0.1:{port}"]):
        assert "access-control-" not in send(port, [OWN, *origin]).lower()
