"""An Airflow that does not answer is said in one line that names it and what it was asked."""

import socket
import threading

import pytest

from demo.airflow_api import AirflowApi

CUT_OFF = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"


@pytest.fixture(
    params=[None, b"", b"no HTTP\r\n\r\n", CUT_OFF], ids=["refused", "silent", "another protocol", "cut off"]
)
def dead(request):
    """The address of something that gives this answer and hangs up; of nothing for None."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        if request.param is None:
            server.close()
            yield url
            return

        def answer():
            caller, _ = server.accept()
            with caller:
                caller.recv(65536)
                caller.sendall(request.param)

        thread = threading.Thread(target=answer)
        thread.start()
        yield url
        thread.join()


def test_no_answer_is_said_with_what_was_asked(dead):
    with pytest.raises(
        ConnectionError, match=f"^Airflow: GET /api/v2/monitor/health: no answer from {dead}: .+"
    ) as told:
        AirflowApi(dead, "admin", "any").health()
    assert "\n" not in str(told.value)
