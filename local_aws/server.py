"""The server of an account: moto's, with the parts of this package put in before its first request."""

import threading
from pathlib import Path
from typing import Any

from moto.moto_server import werkzeug_app
from moto.moto_server.werkzeug_app import MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from local_aws import checksums, emr, glue, redshift
from local_aws.front import Front
from local_aws.options import Options
from local_aws.processes import JOBS
from local_aws.unknown import Dispatcher
from local_aws.visitors import HOSTS

HOST = "127.0.0.1"


class QuietHandler(MotoRequestHandler):  # type: ignore[misc]  # moto is untyped
    """A Spark job makes hundreds of requests; /local-aws/calls has them."""

    def make_environ(self) -> dict[str, Any]:
        """The request, with its Host headers as they came."""
        return {**super().make_environ(), HOSTS: self.headers.get_all("Host", [])}

    def log(self, type: str, message: str, *args: Any) -> None:
        """Says nothing of requests; errors come by other ways."""


class Server:
    """A listening account."""

    def __init__(self, port: int, state: Path, delay: float, speed: float) -> None:
        self._server = make_server(
            HOST, port, Front(Dispatcher(create_backend_app)), threaded=True, request_handler=QuietHandler
        )
        self.options = Options(f"http://{HOST}:{self._server.server_port}", state, delay, speed)
        install(self.options)
        self._thread = threading.Thread(target=self._server.serve_forever, name="server", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends all jobs, then takes no more requests."""
        JOBS.close()
        self._server.shutdown()
        self._server.server_close()


def install(options: Options) -> None:
    """Replaces what moto only pretends. It must come before the first request: moto keeps the backends that it made."""
    werkzeug_app.DISABLE_GLOBAL_CORS = True  # else each answer allows any web page to read it
    checksums.install()
    glue.install(options)
    emr.install(options)
    redshift.install(options.state)
