"""The life of a cluster: it starts, runs its steps in turn, waits, idles out or is ended, and takes its steps with it."""

import threading
import time

from moto.core.utils import utcnow

from local_aws.emr_records import LiveCluster
from local_aws.emr_step import StepRun
from local_aws.options import Options

LOOK = 0.2  # seconds between two looks at the clock
ENDING = 5  # TERMINATING lasts this many times as long as the other states


class ClusterWork:
    """Carries a cluster from state to state in a thread of its own."""

    def __init__(self, cluster: LiveCluster, options: Options) -> None:
        self._cluster = cluster
        self._options = options
        self._runs: dict[str, StepRun] = {}

    def start(self) -> None:
        """Begins, and returns."""
        threading.Thread(target=self._live, name=self._cluster.id, daemon=True).start()

    def _live(self) -> None:
        self._wake()
        idle_since = time.monotonic()
        while not self._cluster.ending.is_set():
            with self._cluster.changed:
                self._settle_finished()
                self._begin_steps()
                if self._runs:
                    idle_since = time.monotonic()
                elif not self._cluster.keep_job_flow_alive_when_no_steps:
                    self._cluster.end("TERMINATED", "ALL_STEPS_COMPLETED", "Steps completed")
                elif self._is_over(idle_since):
                    self._cluster.end(
                        "TERMINATED", "ALL_STEPS_COMPLETED", "Auto-terminated: the cluster was idle for IdleTimeout"
                    )
                if not self._cluster.ending.is_set():
                    self._cluster.state = "RUNNING" if self._runs else "WAITING"
                    self._cluster.changed.wait(LOOK)
        self._shut_down()

    def _wake(self) -> None:
        self._cluster.ending.wait(self._options.delay)
        with self._cluster.changed:
            if not self._cluster.ending.is_set():
                self._cluster.state = "BOOTSTRAPPING"
        if not self._cluster.ending.wait(self._options.delay):
            self._cluster.ready_datetime = utcnow()

    def _is_over(self, idle_since: float) -> bool:
        timeout = self._cluster.idle_timeout
        return timeout is not None and time.monotonic() - idle_since > timeout / self._options.speed

    def _begin_steps(self) -> None:
        for step in [step for step in self._cluster.steps if step.state == "PENDING"]:
            if len(self._runs) >= self._cluster.step_concurrency_level or self._cluster.ending.is_set():
                return
            run = self._runs[step.id] = StepRun(self._cluster, step, self._options, self._tell)
            step.move("RUNNING")
            run.start()

    def _tell(self) -> None:
        with self._cluster.changed:
            self._cluster.changed.notify_all()

    def _settle_finished(self) -> None:
        """Takes in what steps have come to, and does what they ask for if they failed."""
        for run in [run for run in self._runs.values() if run.result is not None]:
            del self._runs[run.step.id]
            assert run.result is not None
            run.step.move(run.result.state, reason=run.result.reason, failure=run.result.failure)
            if run.result.state == "FAILED" and run.step.action_on_failure != "CONTINUE":
                self._cancel_pending("Cancelled as an earlier step failed")
                if run.step.action_on_failure != "CANCEL_AND_WAIT" and not self._cluster.termination_protected:
                    self._cluster.end("TERMINATED_WITH_ERRORS", "STEP_FAILURE", "Shut down as step failed")

    def _cancel_pending(self, reason: str) -> None:
        for step in self._cluster.steps:
            if step.state == "PENDING":
                step.move("CANCELLED", reason=reason)

    def _shut_down(self) -> None:
        with self._cluster.changed:
            self._cancel_pending("Job terminated")
            for run in self._runs.values():
                run.step.stopping.set()
            while any(run.result is None for run in self._runs.values()):
                self._cluster.changed.wait(LOOK)
            self._settle_finished()
        time.sleep(self._options.delay * ENDING)
        with self._cluster.changed:
            self._cluster.end_datetime = utcnow()
            self._cluster.state = self._cluster.ends_as
