"""The command `python -m local_aws`: an AWS account on 127.0.0.1 until it is interrupted.

Standard error says what happens; standard output is one line of JSON when it is ready: url, state, and the environment
variables by which boto3, the AWS CLI and others reach it.
"""

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

from local_aws.options import environment, past_proxies
from local_aws.server import Server
from local_aws.state import StateFolder

PARENT_EVERY = 0.5  # seconds between looks at the parent


def main() -> int:
    """Runs an account until SIGTERM, SIGINT or, if asked, the end of its parent; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m local_aws", description=__doc__.split("\n\n")[0])
    parser.add_argument("--port", type=int, default=0, help="where it listens on 127.0.0.1; 0: a free port")
    parser.add_argument("--state", type=Path, help="folder for its files, kept, and used again by the next run")
    parser.add_argument("--keep", action="store_true", help="keep the folder that it makes without --state")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that states such as STARTING last")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times faster Timeout and IdleTimeout pass")
    parser.add_argument("--end-with-parent", action="store_true", help="end when the process that started it ends")
    options = parser.parse_args()
    parent = os.getppid()
    os.environ.update(past_proxies(os.environ))  # its own clients
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    output, sys.stdout = sys.stdout, sys.stderr  # nothing but the one line, whatever moto prints
    try:
        folder = StateFolder.open(options.state, options.keep)
    except ValueError as error:
        parser.error(str(error))
    with folder:
        server = Server(options.port, folder.path, options.delay, options.speed)
        folder.load()
        url = server.options.url
        print(
            json.dumps({"url": url, "state": str(folder.path), "environment": environment(url)}),
            file=output,
            flush=True,
        )
        print(f"local AWS: {url}, files in {folder.path}; Ctrl-C ends it", file=sys.stderr, flush=True)
        while not ended.wait(PARENT_EVERY):
            if options.end_with_parent and os.getppid() != parent:
                break
        server.stop()
        folder.save()
    return 0


if __name__ == "__main__":
    sys.exit(main())
