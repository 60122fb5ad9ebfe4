"""Jobs as child processes, without a server."""

import os

from local_aws.processes import JOBS

LIMIT = 1 << 30  # bytes of memory


def test_a_job_that_is_stopped_at_once_was_stopped(tmp_path):
    """Python takes a moment to start: the supervisor is ended by the signal that it would have understood."""
    job = JOBS.start("job", ["sleep", "1000"], dict(os.environ), tmp_path, LIMIT)
    job.stop()
    assert job.wait(60)
    assert job.outcome().ended_by == "stop"
