"""Airflow's pages, as an operator sees them: in Chromium, with a user name and a password.

With GREEN_TAXI_SCREENSHOTS=yes what is seen is written to docs/images.
"""

import os
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import expect, sync_playwright

from local_aws.options import ROOT
from tests.install.host import URL, USER
from tests.pipeline.nights import until

CHROMIUM = Path("/usr/bin/chromium")  # the distribution's: Playwright's own would be downloaded
# As root, on a machine that may be closed to the network: nothing but the pages is asked for.
OPTIONS = ["no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-sync"]
OPTIONS += ["disable-background-networking", "disable-component-update"]
SECONDS = 60  # for a page on a busy machine
BAD = "green_tripdata_2017-06.csv"


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        arguments = [f"--{option}" for option in OPTIONS]
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield started
        started.close()


@pytest.fixture
def page(browser, host):
    """A page without a cookie."""
    context = browser.new_context(viewport={"width": 1400, "height": 720}, base_url=URL)
    context.set_default_timeout(SECONDS * 1000)
    expect.set_options(timeout=SECONDS * 1000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def refused(pipeline):
    """A night among whose files is one that is not TLC's; it is gone when the tests are over."""
    uri = f"{pipeline.where['raw']}/{BAD}"
    pipeline.put(uri, b"colour,length\r\nred,3\r\n")
    night = pipeline.night()
    assert (night.state, night.failed) == ("failed", {"check_refused"})
    yield night
    pipeline.delete(uri)


def log_in(page, password):
    """Fills in the form to which every page leads."""
    page.goto("/dags")
    page.get_by_label("Username").fill(USER)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign In").click()


def open_run(page, night):
    """The page of a night."""
    page.goto(f"/dags/data_pipeline/runs/{quote(night.run_id, safe='')}")


def trigger(page, months=""):
    """Fills in the form behind Trigger, which can be sent as it is opened; returns the id of the run."""
    page.goto("/dags/data_pipeline")
    page.get_by_role("button", name="Trigger").first.click()
    dialog = page.get_by_role("dialog")
    if months:
        dialog.locator("input[name='element_months']").fill(months)  # its label is not tied to it
    send = dialog.get_by_role("button", name="Trigger")
    expect(send).to_be_enabled()
    with page.expect_response(
        lambda answer: answer.url.endswith("/dagRuns") and answer.request.method == "POST"
    ) as sent:
        send.click()
    return sent.value.json()["dag_run_id"]


def open_log(page, night, task):
    """The log of a task, as one opens it who saw its red square."""
    open_run(page, night)
    page.get_by_role("row").get_by_role("link", name=task).click()


def clear(page):
    """Clears the task whose log is open, with all that comes after it."""
    page.get_by_role("button", name="Press shift+c to clear").click()
    with page.expect_response(
        lambda answer: answer.url.endswith("/clearTaskInstances") and '"dry_run":false' in answer.request.post_data
    ):
        page.get_by_role("dialog").get_by_role("button", name="Confirm").click()


def keep(page, name, **size):
    """A picture for the documentation, if it was asked for: of the page, or of its upper part by `height`."""
    if os.environ.get("GREEN_TAXI_SCREENSHOTS") == "yes":
        page.mouse.move(0, 0)
        clip = {"x": 0, "y": 0, **page.viewport_size, **size}
        page.screenshot(path=ROOT / "docs" / "images" / f"{name}.png", animations="disabled", clip=clip)


def test_a_wrong_password_opens_nothing(page):
    log_in(page, "admin")
    expect(page.get_by_text("Invalid login")).to_be_visible()
    page.goto("/dags")
    expect(page.get_by_role("button", name="Sign In")).to_be_visible()


def test_the_graph_of_a_finished_night_shows_each_task_green(page, host, first):
    log_in(page, host.password)
    expect(page.get_by_role("link", name="data_pipeline")).to_be_visible()
    open_run(page, first.night)
    page.get_by_role("button", name="Show Graph").click()
    nodes = page.locator(".react-flow__node")
    expect(nodes).to_have_count(len(first.night.tasks))
    for task in first.night.tasks:
        expect(page.get_by_test_id(f"rf__node-{task}").get_by_test_id("state-badge")).to_have_text("success")
    page.get_by_role("button", name="Collapse Details Panel").click()
    page.get_by_role("button", name="Fit View").click()
    keep(page, "airflow-graph", height=520)


def test_a_run_is_triggered_without_months(page, host, pipeline, first):
    log_in(page, host.password)
    expect(page.get_by_role("link", name="data_pipeline")).to_be_visible()
    night = pipeline.end(trigger(page))
    assert (night.state, night.tasks["glue_task"]) == ("success", "skipped")  # nothing is pending


def test_a_triggered_month_fails_for_a_reason_that_its_log_shows_and_is_done_when_the_task_is_cleared(
    page, host, pipeline, first, faulty
):
    pipeline.put_month("2017-05", 7, 8)
    faulty.inject("s3", "PutObject", "fail", key="transformed/green/_receipts/2017-05")
    log_in(page, host.password)
    expect(page.get_by_role("link", name="data_pipeline")).to_be_visible()
    night = pipeline.end(trigger(page, months="2017-05"))
    assert (night.state, night.failed) == ("failed", {"glue_task"})
    open_log(page, night, "glue_task")
    expect(page.get_by_text("glue_task failed: cannot write s3://").first).to_be_in_viewport()
    clear(page)
    until(lambda: pipeline.tasks(night.run_id)["glue_task"], lambda state: state != "failed")
    again = pipeline.end(night.run_id)
    assert (again.state, again.failed) == ("success", set())
    assert pipeline.rides("2017-05") == (2, "15.00")


def test_the_log_of_a_failed_task_tells_the_reason(page, host, refused):
    log_in(page, host.password)
    open_log(page, refused, "check_refused")
    expect(page.get_by_text(f"{BAD}: refused").first).to_be_visible()
    keep(page, "airflow-log")
