"""An endpoint that notes each request and gives the answer it was told to: what arrives has passed botocore's checks."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

LISTING = "<ListBucketResult><Contents><Key>{key}</Key><Size>1</Size></Contents></ListBucketResult>"


class Recorder:
    """The requests, by the action's name."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, Any]] = []
        self.answers: dict[str, Any] = {}
        self.url = ""

    def of(self, action: str) -> list[Any]:
        return [body for name, body in self.requests if name == action]


@contextmanager
def recording() -> Iterator[Recorder]:
    """A recorder that listens on the loopback interface."""
    recorder = Recorder()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            action = self.headers["X-Amz-Target"].rpartition(".")[2]
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            recorder.requests.append((action, body))
            self.answer(json.dumps(recorder.answers.get(action, {})), "application/x-amz-json-1.1")

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = {name: value for name, [value] in parse_qs(url.query).items()}
            recorder.requests.append(("ListObjectsV2", {"Bucket": url.path.strip("/"), "Prefix": query["prefix"]}))
            self.answer(recorder.answers["ListObjectsV2"], "application/xml")

        def answer(self, text: str, kind: str) -> None:
            data = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    recorder.url = f"http://127.0.0.1:{server.server_port}"
    yield recorder
    server.shutdown()
    server.server_close()
