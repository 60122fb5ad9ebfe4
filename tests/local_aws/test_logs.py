"""What is read from a job's log, and how it is cut for CloudWatch."""

import pytest

from local_aws import logs

CHAINED = """Traceback (most recent call last):
  File "s.py", line 1, in <module>
    months["a"]
KeyError: 'a'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "s.py", line 3, in <module>
    raise lake.errors.JobError("no such month")
lake.errors.JobError: no such month
hint: in two lines
10:00:01 WARN ShutdownHookManager: late
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ""),
        ("10:00:00 WARN Utils: something\nerror: 2 files were refused\n", ""),
        ("Traceback (most recent call last):\n  File 's.py'\nKeyboardInterrupt\n", "KeyboardInterrupt"),
        (CHAINED, "lake.errors.JobError: no such month"),
        ("10:00:00 INFO Utils: much\n" * 10_000 + CHAINED, "lake.errors.JobError: no such month"),
    ],
)
def test_the_error_that_ended_a_script(tmp_path, text, said):
    (tmp_path / "log").write_text(text)
    assert logs.last_error(tmp_path / "log") == said


def test_the_last_line_that_says_something(tmp_path):
    (tmp_path / "log").write_text("one\n two \n\n")
    assert logs.last_line(tmp_path / "log") == "two"


class CloudWatch:
    """Takes calls as the client does."""

    def __init__(self):
        self.batches = []

    def create_log_group(self, **_):
        pass

    create_log_stream = create_log_group

    def put_log_events(self, logEvents, **_):  # noqa: N803  # AWS's name
        self.batches.append([event["message"] for event in logEvents])


def test_lines_are_copied_once_and_unfinished_ones_at_the_end(tmp_path):
    log = tmp_path / "log"
    log.write_text("one\n\n \ntw")
    cloud = CloudWatch()
    stream = logs.Stream(cloud, log, "group", "stream")
    stream.copy()
    stream.copy()
    with log.open("a") as file:
        file.write("o\nthree")
    stream.copy()
    stream.copy(whole=True)
    assert cloud.batches == [["one"], ["two"], ["three"]]


def test_batches_and_messages_keep_to_cloudwatchs_limits(tmp_path):
    log = tmp_path / "log"
    log.write_text("x" * 450_000 + "\n" + "y\n" * 2_500)
    cloud = CloudWatch()
    stream = logs.Stream(cloud, log, "group", "stream")
    stream.copy()
    assert [len(batch) for batch in cloud.batches] == [1000, 1000, 503]
    assert [len(message) for message in cloud.batches[0][:4]] == [200_000, 200_000, 50_000, 1]
    with log.open("a") as file:
        file.write(("x" * 150_000 + "\n") * 7)
    stream.copy()
    assert [sum(map(len, batch)) for batch in cloud.batches[-2:]] == [750_000, 300_000]


def test_no_line_is_cut_where_a_part_of_a_large_log_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "READ", 8)
    log = tmp_path / "log"
    log.write_text("12345\n\u00e9\u00e9\nlonger than that\nend")
    cloud = CloudWatch()
    logs.Stream(cloud, log, "group", "stream").copy(whole=True)
    assert [message for batch in cloud.batches for message in batch] == [
        "12345",
        "\u00e9\u00e9",
        "longer t",
        "han that",
        "end",
    ]
