"""A proxy in front of a local S3 that loses, delays and refuses PUTs on request.

It serves boto3 and S3A. `requests` lists what arrived: assert on that, and on what is in the bucket.
"""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal, Self
from urllib.parse import urlsplit

Fault = Literal["drop", "delay", "lose", 403, 409, 412, 500, 503]
CODES = {
    403: "AccessDenied",
    409: "ConditionalRequestConflict",
    412: "PreconditionFailed",
    500: "InternalError",
    503: "SlowDown",
}
HOP_BY_HOP = frozenset({"connection", "transfer-encoding", "content-length", "expect", "keep-alive"})


class Faults(ThreadingHTTPServer):
    """The next PUTs meet the faults in `plan`, one each, the next GETs lose their answers after `cut_get_after` bytes.

    drop: forwarded, the answer is thrown away. lose: not forwarded, no answer. delay: forwarded, the answer waits
    for `release` (the client's timeout comes first). A number: not forwarded, answered with that status.
    `before_answer` runs once, when the next fault has been met.
    """

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = urlsplit(target).netloc
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.choosing = threading.Lock()
        self.release = threading.Event()
        self.reset()

    def reset(self) -> None:
        """Forgets plan and requests; answers that wait are sent."""
        self.release.set()
        self.plan: list[Fault] = []
        self.cut_get_after: list[int] = []
        self.before_answer: Callable[[], object] | None = None
        self.requests: list[str] = []
        self.release = threading.Event()

    @classmethod
    @contextmanager
    def before(cls, target: str) -> Iterator[Self]:
        """Runs the proxy in front of an address such as `http://127.0.0.1:5000`."""
        with cls(target) as proxy:
            thread = threading.Thread(target=proxy.serve_forever, args=(0.02,), daemon=True)
            thread.start()
            try:
                yield proxy
            finally:
                proxy.reset()
                proxy.shutdown()
                thread.join()

    @property
    def puts(self) -> int:
        """How many PUTs arrived."""
        return sum(request.startswith("PUT ") for request in self.requests)

    def next_fault(self, method: str, path: str) -> Fault | None:
        """Takes the next fault of the plan, if this is a PUT."""
        with self.choosing:
            self.requests.append(f"{method} {path}")
            return self.plan.pop(0) if self.plan and method == "PUT" else None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # answers `Expect: 100-continue`, which boto3 sends
    disable_nagle_algorithm = True  # else the body waits 40 ms for the client's word that the headers have arrived
    server: Faults

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.server.next_fault(self.command, self.path)
        if fault and self.server.before_answer:
            act, self.server.before_answer = self.server.before_answer, None
            act()
        if isinstance(fault, int):
            self._answer(fault, {}, f"<Error><Code>{CODES[fault]}</Code><Message>asked for</Message></Error>".encode())
            return
        if fault != "lose":
            status, headers, answer = self._forward(body)
        if fault == "delay":
            self.server.release.wait(60)
        if fault is None:
            self._answer(status, headers, answer)
        else:
            self.close_connection = True

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _serve  # noqa: N815 (http.server's names)

    def _forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(self.server.target, timeout=60)
        sent = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        try:
            connection.request(self.command, self.path, body, sent | {"Content-Length": str(len(body))})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        # The length of what a GET would bring is the point of a HEAD's answer.
        of_head = next((value for name, value in headers.items() if name.lower() == "content-length"), "0")
        self.send_header("Content-Length", of_head if self.command == "HEAD" else str(len(body)))
        self.end_headers()
        if self.command == "GET" and self.server.cut_get_after:
            body = body[: self.server.cut_get_after.pop(0)]
            self.close_connection = True
        self.wfile.write(body)
